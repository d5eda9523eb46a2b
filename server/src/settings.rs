//! Settings: a file, then `LECTERN_…` variables, then flags; every one has a default that works on
//! one machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use domain::credentials::Password;
use graph::GraphSettings;
use identity::oidc::ProviderSettings;
use mail::{Sender, SmtpServer};
use serde::Deserialize;

use crate::directories::{self, DirectoryFile};
use crate::providers::{self, ProviderFile};
use crate::proxies::TrustedProxies;
use crate::tls::TlsSettings;

/// Which engine has the machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EngineChoice {
    /// Incus if its socket answers at start, else the simulator.
    #[default]
    Auto,
    /// Incus, waiting for it when it does not answer.
    Incus,
    /// The simulator.
    Simulator,
}

/// Flags and variables; what is given here goes before the file.
#[derive(Clone, Debug, Default, Args)]
pub struct Flags {
    /// The settings' file; without one, `lectern.toml` is read where it exists.
    #[arg(long, env = "LECTERN_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Where the database and the installation's key are kept.
    #[arg(long, env = "LECTERN_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// The database: `sqlite:///path` or `postgres://…`; SQLite in the data directory otherwise.
    #[arg(long, env = "LECTERN_DATABASE", global = true)]
    pub database: Option<String>,
    /// The address to listen on.
    #[arg(long, env = "LECTERN_LISTEN", global = true)]
    pub listen: Option<SocketAddr>,
    /// The portal's address as people type it, such as `https://labs.example.org`.
    #[arg(long, env = "LECTERN_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,
    /// The reverse proxies whose `X-Forwarded-For` is believed: addresses or networks such as `10.0.0.0/8`.
    #[arg(
        long,
        env = "LECTERN_TRUSTED_PROXIES",
        global = true,
        value_delimiter = ','
    )]
    pub trusted_proxies: Option<Vec<String>>,
    /// Answer by https, with a certificate that signs itself, made once in the data directory.
    #[arg(long, env = "LECTERN_TLS_SELF_SIGNED", global = true)]
    pub tls_self_signed: bool,
    /// Answer by https, with this certificate (PEM, with what leads to its issuer) …
    #[arg(long, env = "LECTERN_TLS_CERTIFICATE", global = true)]
    pub tls_certificate: Option<PathBuf>,
    /// … and its key (PEM).
    #[arg(long, env = "LECTERN_TLS_KEY", global = true)]
    pub tls_key: Option<PathBuf>,
    /// Which engine has the machines.
    #[arg(long, env = "LECTERN_ENGINE", global = true, value_enum)]
    pub engine: Option<EngineChoice>,
    /// Incus' socket.
    #[arg(long, env = "LECTERN_INCUS_SOCKET", global = true)]
    pub incus_socket: Option<PathBuf>,
    /// The Incus project that Lectern's objects live in.
    #[arg(long, env = "LECTERN_INCUS_PROJECT", global = true)]
    pub incus_project: Option<String>,
    /// The Incus storage pool for machines.
    #[arg(long, env = "LECTERN_INCUS_POOL", global = true)]
    pub incus_pool: Option<String>,
    /// The Incus network of the machines.
    #[arg(long, env = "LECTERN_INCUS_NETWORK", global = true)]
    pub incus_network: Option<String>,
    /// How many machines are made, started or removed at once.
    #[arg(long, env = "LECTERN_PARALLEL", global = true)]
    pub parallel: Option<usize>,
    /// Where the browser's files are.
    #[arg(long, env = "LECTERN_SITE_DIR", global = true)]
    pub site_dir: Option<PathBuf>,
    /// Who mails are from: `Lectern <labs@example.org>`.
    #[arg(long, env = "LECTERN_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,
    /// The mail server: `smtps://user@host:port`, or `smtp://` for STARTTLS.
    #[arg(long, env = "LECTERN_MAIL_SMTP", global = true, hide_env_values = true)]
    pub mail_smtp: Option<String>,
    /// The file with the mail server's password; `LECTERN_MAIL_PASSWORD` may hold it instead.
    #[arg(long, env = "LECTERN_MAIL_PASSWORD_FILE", global = true)]
    pub mail_password_file: Option<PathBuf>,
    /// `LECTERN_MAIL_PASSWORD`. There is no flag for it: everybody on the machine sees flags.
    #[arg(skip)]
    pub mail_password: Option<Password>,
    /// `LECTERN_GRAPH_SECRET`. There is no flag for it: everybody on the machine sees flags.
    #[arg(skip)]
    pub graph_secret: Option<Password>,
    /// A file of certificates to trust for the mail server, beside the system's.
    #[arg(long, env = "LECTERN_MAIL_CA", global = true)]
    pub mail_ca: Option<PathBuf>,
    /// A folder to write mails to instead, one file each.
    #[arg(long, env = "LECTERN_MAIL_DIR", global = true)]
    pub mail_dir: Option<PathBuf>,
}

/// The settings' file. Every line is optional; unknown ones are refused, since they are typos.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    data_dir: Option<PathBuf>,
    database: Option<String>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    trusted_proxies: Option<Vec<String>>,
    engine: Option<EngineChoice>,
    parallel: Option<usize>,
    site_dir: Option<PathBuf>,
    #[serde(default)]
    incus: IncusFile,
    #[serde(default)]
    mail: MailFile,
    #[serde(default)]
    tls: TlsFile,
    #[serde(default)]
    sign_in: Vec<ProviderFile>,
    #[serde(default)]
    directory: DirectoryFile,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TlsFile {
    #[serde(default)]
    self_signed: bool,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct IncusFile {
    socket: Option<PathBuf>,
    project: Option<String>,
    pool: Option<String>,
    network: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MailFile {
    from: Option<String>,
    smtp: Option<String>,
    password_file: Option<PathBuf>,
    ca: Option<PathBuf>,
    dir: Option<PathBuf>,
}

/// Which way mails go; none, where neither a mail server nor a folder is named.
#[derive(Clone, Debug, Default)]
pub struct MailSettings {
    /// Who they are from.
    pub from: Option<Sender>,
    /// The mail server.
    pub smtp: Option<SmtpServer>,
    /// The file with its password.
    pub password_file: Option<PathBuf>,
    /// Its password, where no file has it.
    pub password: Option<Password>,
    /// The file of certificates to trust for it.
    pub ca: Option<PathBuf>,
    /// The folder.
    pub dir: Option<PathBuf>,
}

/// What holds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the database and the installation's key are kept.
    pub data_dir: PathBuf,
    /// The database's address.
    pub database: String,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The portal's address as people type it, without a slash at its end.
    pub public_url: String,
    /// The same as an origin, where an administrator set it: browsers must then come from there.
    pub public_origin: Option<String>,
    /// The reverse proxies that are believed from where requests come.
    pub trusted_proxies: TrustedProxies,
    /// Which engine has the machines.
    pub engine: EngineChoice,
    /// Incus' socket.
    pub incus_socket: PathBuf,
    /// The Incus project.
    pub incus_project: String,
    /// The Incus storage pool.
    pub incus_pool: String,
    /// The Incus network.
    pub incus_network: String,
    /// How many machines are made, started or removed at once.
    pub parallel: usize,
    /// Where the browser's files are.
    pub site_dir: PathBuf,
    /// Which way mails go.
    pub mail: MailSettings,
    /// Whether and how the server itself answers by https.
    pub tls: Option<TlsSettings>,
    /// The OpenID providers that people may sign in by; only the file names them.
    pub sign_in: Vec<ProviderSettings>,
    /// Microsoft Graph, where groups are asked for there; only the file names it.
    pub graph: Option<GraphSettings>,
}

impl Settings {
    /// Puts flags, variables and the file together.
    ///
    /// # Errors
    /// When the file cannot be read or has a line that is none of the settings, or when the mail
    /// server's address, the sender or a trusted proxy is none.
    pub fn load(flags: Flags) -> Result<Self> {
        let file = read_file(flags.config.as_deref())?;
        let data_dir = flags
            .data_dir
            .or(file.data_dir)
            .unwrap_or_else(|| "data".into());
        let listen = flags
            .listen
            .or(file.listen)
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
        let incus = file.incus;
        let mail = file.mail;
        let public_url = flags.public_url.or(file.public_url);
        let trusted = flags.trusted_proxies.or(file.trusted_proxies);
        let tls = tls(
            flags.tls_certificate.or(file.tls.certificate),
            flags.tls_key.or(file.tls.key),
            flags.tls_self_signed || file.tls.self_signed,
        )?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        Ok(Self {
            public_origin: public_url.as_deref().map(origin),
            trusted_proxies: TrustedProxies::parse(&trusted.unwrap_or_default())?,
            database: flags
                .database
                .or(file.database)
                .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("lectern.db").display())),
            public_url: public_url
                .unwrap_or_else(|| format!("{scheme}://{listen}"))
                .trim_end_matches('/')
                .to_owned(),
            engine: flags.engine.or(file.engine).unwrap_or_default(),
            incus_socket: flags
                .incus_socket
                .or(incus.socket)
                .unwrap_or_else(|| "/var/lib/incus/unix.socket".into()),
            incus_project: flags
                .incus_project
                .or(incus.project)
                .unwrap_or_else(|| "lectern".to_owned()),
            incus_pool: flags
                .incus_pool
                .or(incus.pool)
                .unwrap_or_else(|| "lectern".to_owned()),
            incus_network: flags
                .incus_network
                .or(incus.network)
                .unwrap_or_else(|| "lecternbr0".to_owned()),
            parallel: flags.parallel.or(file.parallel).unwrap_or(4).max(1),
            site_dir: flags
                .site_dir
                .or(file.site_dir)
                .unwrap_or_else(|| "target/site".into()),
            mail: MailSettings {
                from: flags
                    .mail_from
                    .or(mail.from)
                    .map(|text| Sender::parse(&text))
                    .transpose()?,
                smtp: flags
                    .mail_smtp
                    .or(mail.smtp)
                    .map(|text| SmtpServer::parse(&text))
                    .transpose()?,
                password_file: flags.mail_password_file.or(mail.password_file),
                password: flags.mail_password,
                ca: flags.mail_ca.or(mail.ca),
                dir: flags.mail_dir.or(mail.dir),
            },
            tls,
            sign_in: providers::read(file.sign_in)?,
            graph: directories::read(file.directory, flags.graph_secret)?,
            data_dir,
            listen,
        })
    }

    /// Whether people reach the portal by https, so that cookies must be too.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Where the certificate is from, if there is to be one. Files go before one that signs itself.
fn tls(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    self_signed: bool,
) -> Result<Option<TlsSettings>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsSettings::Files { certificate, key })),
        (None, None) => Ok(self_signed.then_some(TlsSettings::SelfSigned)),
        (Some(_), None) => anyhow::bail!("A TLS certificate is set, but its key is not."),
        (None, Some(_)) => anyhow::bail!("A TLS key is set, but its certificate is not."),
    }
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.split('/').next().unwrap_or(rest)),
        None => url.to_owned(),
    }
}

fn read_file(named: Option<&Path>) -> Result<File> {
    let path = named.unwrap_or(Path::new("lectern.toml"));
    if named.is_none() && !path.exists() {
        return Ok(File::default());
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("The settings' file {} cannot be read.", path.display()))?;
    toml::from_str(&text)
        .with_context(|| format!("The settings' file {} is not right.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_before_the_file_and_both_before_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lectern.toml");
        std::fs::write(
            &path,
            "listen = \"127.0.0.1:8080\"\nparallel = 7\n[incus]\nproject = \"school\"\n",
        )
        .unwrap();
        let flags = Flags {
            config: Some(path),
            parallel: Some(2),
            ..Flags::default()
        };
        let settings = Settings::load(flags).unwrap();
        assert_eq!(settings.listen.port(), 8080);
        assert_eq!(settings.parallel, 2);
        assert_eq!(settings.incus_project, "school");
        assert_eq!(settings.public_url, "http://127.0.0.1:8080");
        assert!(settings.database.starts_with("sqlite://"));
        assert!(!settings.secure());
        assert_eq!(settings.public_origin, None);
        assert_eq!(
            origin("https://labs.example.org/lectern/"),
            "https://labs.example.org"
        );
    }

    #[test]
    fn a_typo_in_the_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lectern.toml");
        std::fs::write(&path, "lisen = \"127.0.0.1:8080\"\n").unwrap();
        assert!(
            Settings::load(Flags {
                config: Some(path),
                ..Flags::default()
            })
            .is_err()
        );
    }

    #[test]
    fn https_needs_certificate_and_key_or_neither() {
        let flags = Flags {
            tls_self_signed: true,
            ..Flags::default()
        };
        let settings = Settings::load(flags.clone()).unwrap();
        assert_eq!(settings.tls, Some(TlsSettings::SelfSigned));
        assert_eq!(settings.public_url, "https://127.0.0.1:3000");
        assert!(settings.secure());
        let half = Flags {
            tls_certificate: Some("own.pem".into()),
            ..flags.clone()
        };
        let refused = Settings::load(half).unwrap_err().to_string();
        assert!(refused.contains("its key is not"), "{refused}");
        let files = Flags {
            tls_certificate: Some("own.pem".into()),
            tls_key: Some("own.key".into()),
            ..flags
        };
        let settings = Settings::load(files).unwrap();
        assert!(matches!(settings.tls, Some(TlsSettings::Files { .. })));
    }

    #[test]
    fn trusted_proxies_are_named_by_flags_or_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lectern.toml");
        let line = "trusted-proxies = [\"10.0.0.0/8\", \"proxy\"]\n";
        std::fs::write(&path, line).unwrap();
        let file = Flags {
            config: Some(path),
            ..Flags::default()
        };
        let refused = Settings::load(file.clone()).unwrap_err().to_string();
        assert!(refused.contains("“proxy” in trusted-proxies"), "{refused}");
        let flags = Flags {
            trusted_proxies: Some(vec!["127.0.0.1".to_owned()]),
            ..file
        };
        Settings::load(flags).unwrap();
    }

    #[test]
    fn mail_is_set_up_by_flags_or_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lectern.toml");
        std::fs::write(
            &path,
            "[mail]\nfrom = \"Labs <labs@example.org>\"\nsmtp = \"smtps://labs@mail.example.org\"\npassword-file = \"/run/secrets/mail\"\n",
        )
        .unwrap();
        let flags = Flags {
            config: Some(path),
            mail_smtp: Some("smtp://relay.example.org".to_owned()),
            ..Flags::default()
        };
        let mail = Settings::load(flags.clone()).unwrap().mail;
        assert_eq!(mail.from, Sender::parse("Labs <labs@example.org>").ok());
        let server = mail.smtp.unwrap();
        assert_eq!(server.host, "relay.example.org");
        assert_eq!(mail.password_file, Some("/run/secrets/mail".into()));
        assert_eq!(mail.dir, None);
        let wrong = Flags {
            mail_smtp: Some("smtps://labs:hunter2@mail.example.org".to_owned()),
            ..flags
        };
        let refused = Settings::load(wrong).unwrap_err();
        assert!(!format!("{refused:#}").contains("hunter2"));
    }
}
