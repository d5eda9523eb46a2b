//! The OpenID providers that the settings' file names.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use identity::oidc::{EmailTrust, ProviderSettings, Secret};
use serde::Deserialize;

use crate::secrets::read_secret_line;

/// One `[[sign-in]]` of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProviderFile {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    #[serde(default = "usual_scopes")]
    scopes: Vec<String>,
    #[serde(default)]
    email: EmailTrust,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default = "usual_groups")]
    groups_claim: String,
}

fn usual_scopes() -> Vec<String> {
    vec!["email".to_owned(), "profile".to_owned()]
}

fn usual_groups() -> String {
    "groups".to_owned()
}

/// Reads the providers, with their secrets out of files of their own.
///
/// # Errors
/// When a name is used twice or cannot stand in an address, an issuer is no https address, or a secret
/// cannot be read.
pub(crate) fn read(providers: Vec<ProviderFile>) -> Result<Vec<ProviderSettings>> {
    let mut found: Vec<ProviderSettings> = Vec::with_capacity(providers.len());
    for one in providers {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if one.id.is_empty() || one.id.len() > 40 || !one.id.chars().all(fits) {
            bail!(
                "The sign-in “{}” needs an id of lower-case letters, digits and “-”.",
                one.id
            );
        }
        if one.id == domain::role::PeopleGroup::DIRECTORY {
            bail!(
                "No sign-in can have the id “{}”: it is the directory’s.",
                one.id
            );
        }
        if found.iter().any(|other| other.id == one.id) {
            bail!("There are two sign-ins with the id “{}”.", one.id);
        }
        if one.name.trim().is_empty() || one.client_id.is_empty() {
            bail!("The sign-in “{}” needs a name and a client-id.", one.id);
        }
        let local = ["http://127.0.0.1:", "http://localhost:"];
        let local = local.iter().any(|start| one.issuer.starts_with(start));
        if !one.issuer.starts_with("https://") && !local {
            bail!(
                "The issuer of the sign-in “{}” is no https address.",
                one.id
            );
        }
        // A guest's or a stranger's address is not the provider's to give.
        if one.email == EmailTrust::Always && one.domains.is_empty() {
            bail!(
                "The sign-in “{}” trusts every address (email = \"always\"): name the domains whose addresses the provider gives, as domains = [\"school.example\"].",
                one.id
            );
        }
        let secret = one.client_secret_file.as_deref().map(|path| {
            read_secret_line(path).map(Secret::new).with_context(|| {
                format!(
                    "The secret of the sign-in “{}” in {} cannot be read.",
                    one.id,
                    path.display()
                )
            })
        });
        found.push(ProviderSettings {
            client_secret: secret.transpose()?,
            id: one.id,
            name: one.name,
            issuer: one.issuer,
            client_id: one.client_id,
            scopes: one.scopes,
            email: one.email,
            domains: one.domains,
            groups_claim: one.groups_claim,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Vec<ProviderSettings>> {
        #[derive(Deserialize)]
        struct File {
            #[serde(rename = "sign-in")]
            sign_in: Vec<ProviderFile>,
        }
        let file: File = toml::from_str(text)?;
        read(file.sign_in)
    }

    #[test]
    fn a_provider_has_defaults_and_its_secret_is_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        crate::secrets::write_secret(&path, "hunter2\n").unwrap();
        let text = format!(
            "[[sign-in]]\nid = \"school\"\nname = \"School account\"\nissuer = \"https://id.school.example\"\n\
             client-id = \"lectern\"\nclient-secret-file = \"{}\"\nemail = \"always\"\n\
             domains = [\"school.example\"]\n",
            path.display()
        );
        let found = file(&text).unwrap().remove(0);
        assert_eq!(found.client_secret.as_ref().unwrap().expose(), "hunter2");
        assert_eq!(found.scopes, ["email", "profile"]);
        assert_eq!(found.email, EmailTrust::Always);
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_name() {
        let one = |id: &str, issuer: &str| {
            format!(
                "[[sign-in]]\nid = \"{id}\"\nname = \"X\"\nissuer = \"{issuer}\"\nclient-id = \"c\"\n"
            )
        };
        let https = "https://id.example";
        for text in [
            one("No Good", https),
            one("directory", https),
            one("plain", "http://id.example"),
            format!("{}{}", one("twice", https), one("twice", https)),
            format!("{}email = \"always\"\n", one("everybody", https)),
            one("typo", https).replace("name", "nam"),
            format!("{}client-secret-file = \"/nowhere\"\n", one("gone", https)),
        ] {
            assert!(file(&text).is_err(), "{text}");
        }
        assert!(file(&one("dev", "http://127.0.0.1:9000")).is_ok());
    }
}
