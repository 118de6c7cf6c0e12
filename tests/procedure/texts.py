"""The procedure's sentences, letter by letter as `requirements.md` has them, and as tests compare them."""

S16 = (
    "Saisissez votre code d'association et votre adresse email. "
    "Les instructions de réinitialisation de mot de passe vous seront envoyées."
)
S20 = "← Retour sur la page d'authentification"
S21 = (
    "Email envoyé. Vérifiez votre boîte de réception et suivez la procédure de réinitialisation de votre mot de passe."
)
S22 = (
    "Il est possible que votre fournisseur d'accès à internet considère l'email envoyé par ClickAsso comme courrier "
    "indésirable."
)
S23 = (
    "Avant de contacter votre association pour signaler que vous n'avez pas reçu l'email de réinitialisation de votre "
    "mot de passe, merci de vérifier votre dossier « Courrier indésirable »."
)
S29 = "Merci de saisir votre nouveau mot de passe"
S32 = "Votre mot de passe a bien été réinitialisé. Merci d'utiliser celui-ci afin de vous connecter à l'application"
S34 = (
    "L'email [{email}] pour l'association [{association}] n'est lié à aucun compte utilisateur valide. "
    "Merci de contacter votre administrateur."
)
S34_DISCREET = (
    "Si un compte actif correspond à ces informations, un email vient d'être envoyé. Vérifiez votre boîte de réception "
    "et suivez la procédure de réinitialisation de votre mot de passe. Vous n'avez rien reçu au bout de dix minutes ? "
    "Contactez votre association."
)
S39 = "Les informations d'authentification fournies sont erronées. Merci de réessayer."
