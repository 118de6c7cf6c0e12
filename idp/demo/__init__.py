"""The demonstration: provider, application, mailbox and clubs to try them with, started and ended together."""
