//! Where a person is: the one list of the portal's pages, for the server's router and the browser.
//!
//! Every page is a document of its own, rendered by the server; following a link loads the next one.
//! The browser needs no router then, and a page is never in the state that another one left behind.

/// The address of a page, as both the server and the browser see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The path, as it was asked for.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
}

/// A page, with what its address says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The start, which leads on.
    Home,
    /// Signing in.
    SignIn,
    /// Asking for a new password.
    Forgot,
    /// Proving that an account is one's own.
    Prove,
    /// The caller's account.
    Account,
    /// What is behind a one-time link.
    Welcome(String),
    /// What is behind a registration link.
    Register(String),
    /// My virtual machines.
    MyMachines,
    /// The terminal of a machine.
    Terminal(String),
    /// What the caller used on a machine.
    MyUsage(String),
    /// Who has which role.
    People,
    /// What somebody may do, and why.
    Access,
    /// Who did what.
    Audit,
    /// The learning platforms.
    Platforms,
    /// The lab plan.
    Plan,
    /// The caller's access tokens.
    Tokens,
    /// What the REST API can do.
    Reference,
    /// My labs.
    Labs,
    /// Making a lab.
    NewLab,
    /// The labs in the bin.
    DeletedLabs,
    /// A lab's dashboard.
    Dashboard(String),
    /// A lab's template.
    Template(String),
    /// A lab's pool.
    Pool(String),
    /// A lab's list.
    Users(String),
    /// What one user of a lab used.
    Usage {
        /// The lab.
        lab: String,
        /// The user.
        user: String,
    },
    /// A lab's schedule.
    Schedule(String),
    /// What ran in a lab.
    Activity(String),
    /// A lab's settings.
    Settings(String),
    /// Who has a role in a lab.
    LabRoles(String),
    /// Taking users of a lab over from a file.
    Import(String),
    /// Inviting users of a lab.
    Invite(String),
    /// A lab's registration link, to be shown to a class.
    Join(String),
    /// An address that leads nowhere.
    NotFound,
}

/// The paths of all pages, as the server's router writes them.
pub const PATHS: [&str; 32] = [
    "/",
    "/sign-in",
    "/sign-in/forgot",
    "/sign-in/prove",
    "/welcome/{token}",
    "/register/{code}",
    "/machines",
    "/machines/{id}/terminal",
    "/machines/{id}/usage",
    "/people",
    "/access",
    "/audit",
    "/platforms",
    "/plan",
    "/account",
    "/account/tokens",
    "/account/api",
    "/labs",
    "/labs/new",
    "/labs/deleted",
    "/labs/{id}",
    "/labs/{id}/dashboard",
    "/labs/{id}/pool",
    "/labs/{id}/users",
    "/labs/{id}/users/{user}",
    "/labs/{id}/schedule",
    "/labs/{id}/activity",
    "/labs/{id}/settings",
    "/labs/{id}/roles",
    "/labs/{id}/import",
    "/labs/{id}/invite",
    "/labs/{id}/join",
];

impl Address {
    /// The address of the page being rendered.
    #[cfg(feature = "ssr")]
    pub fn current() -> Self {
        let parts = leptos::prelude::use_context::<http::request::Parts>();
        parts.map_or_else(Self::default, |parts| Self {
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
        })
    }

    /// The address of the page in the browser.
    #[cfg(not(feature = "ssr"))]
    pub fn current() -> Self {
        #[cfg(feature = "hydrate")]
        {
            let location = leptos::prelude::window().location();
            let query = location.search().unwrap_or_default();
            Self {
                path: location.pathname().unwrap_or_default(),
                query: query.trim_start_matches('?').to_owned(),
            }
        }
        #[cfg(not(feature = "hydrate"))]
        Self::default()
    }

    /// Which page it is.
    pub fn page(&self) -> Page {
        let mut parts = [""; 4];
        for (count, part) in self.path.split('/').skip(1).enumerate() {
            match parts.get_mut(count) {
                Some(place) => *place = part,
                None => return Page::NotFound,
            }
        }
        let text = percent_decode;
        match parts {
            ["", "", "", ""] => Page::Home,
            ["sign-in", "", "", ""] => Page::SignIn,
            ["sign-in", "forgot", "", ""] => Page::Forgot,
            ["sign-in", "prove", "", ""] => Page::Prove,
            ["account", "", "", ""] => Page::Account,
            ["welcome", token, "", ""] if !token.is_empty() => Page::Welcome(text(token)),
            ["register", code, "", ""] if !code.is_empty() => Page::Register(text(code)),
            ["machines", "", "", ""] => Page::MyMachines,
            ["machines", id, "terminal", ""] => Page::Terminal(text(id)),
            ["machines", id, "usage", ""] => Page::MyUsage(text(id)),
            ["people", "", "", ""] => Page::People,
            ["access", "", "", ""] => Page::Access,
            ["audit", "", "", ""] => Page::Audit,
            ["platforms", "", "", ""] => Page::Platforms,
            ["plan", "", "", ""] => Page::Plan,
            ["account", "tokens", "", ""] => Page::Tokens,
            ["account", "api", "", ""] => Page::Reference,
            ["labs", "", "", ""] => Page::Labs,
            ["labs", "new", "", ""] => Page::NewLab,
            ["labs", "deleted", "", ""] => Page::DeletedLabs,
            ["labs", id, "", ""] => Page::Template(text(id)),
            ["labs", id, "dashboard", ""] => Page::Dashboard(text(id)),
            ["labs", id, "pool", ""] => Page::Pool(text(id)),
            ["labs", id, "users", ""] => Page::Users(text(id)),
            ["labs", id, "users", user] => Page::Usage {
                lab: text(id),
                user: text(user),
            },
            ["labs", id, "schedule", ""] => Page::Schedule(text(id)),
            ["labs", id, "activity", ""] => Page::Activity(text(id)),
            ["labs", id, "settings", ""] => Page::Settings(text(id)),
            ["labs", id, "roles", ""] => Page::LabRoles(text(id)),
            ["labs", id, "import", ""] => Page::Import(text(id)),
            ["labs", id, "invite", ""] => Page::Invite(text(id)),
            ["labs", id, "join", ""] => Page::Join(text(id)),
            _ => Page::NotFound,
        }
    }

    /// A value of the query.
    pub fn query(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| percent_decode(&value.replace('+', " ")))
    }
}

/// Text for the query of an address, or for a cookie: what has a meaning there as `%XX`.
pub fn percent_encode(text: &str) -> String {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

/// The text that [`percent_encode`] had. What is not encoded well stays as it is.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = digit(at + 1).zip(digit(at + 2)).filter(|_| *byte == b'%');
        match escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str, query: &str) -> Address {
        Address {
            path: path.to_owned(),
            query: query.to_owned(),
        }
    }

    #[test]
    fn every_path_of_the_router_is_a_page() {
        for path in PATHS {
            let filled = path
                .replace("{id}", "7")
                .replace("{user}", "8")
                .replace("{token}", "7")
                .replace("{code}", "7");
            assert_ne!(at(&filled, "").page(), Page::NotFound, "{path}");
        }
    }

    #[test]
    fn other_paths_are_not() {
        for path in [
            "/lab",
            "/labs/1/2",
            "/labs/1/pool/3",
            "/welcome",
            "/register/",
            "/machines/1",
        ] {
            assert_eq!(at(path, "").page(), Page::NotFound, "{path}");
        }
    }

    #[test]
    fn what_an_address_says_is_decoded() {
        assert_eq!(
            at("/register/AB%20C", "").page(),
            Page::Register("AB C".to_owned())
        );
        let address = at("/sign-in", "x=1&next=%2Flabs%3Fa%3Db+c");
        assert_eq!(address.query("next").as_deref(), Some("/labs?a=b c"));
        assert_eq!(address.query("none"), None);
    }

    #[test]
    fn any_text_survives_an_address() {
        let text = "{\"message\":\"“Python”; 100 % = ok\"}";
        assert_eq!(percent_decode(&percent_encode(text)), text);
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
    }
}
