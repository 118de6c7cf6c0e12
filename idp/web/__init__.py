"""What pages share, one step a file: templates, forms, CSRF, cookies, headers, error pages."""
