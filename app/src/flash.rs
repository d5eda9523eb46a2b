//! What a form that was sent without a script came to.
//!
//! Such a form is answered by a redirect. The framework would put the error into the address, where
//! anyone could forge it in a link; here it travels in a short-lived cookie instead.

#[cfg(feature = "ssr")]
use crate::address::{percent_decode, percent_encode};

/// What the cookie is called by http.
#[cfg(feature = "ssr")]
const COOKIE: &str = "lectern-flash";

/// The cookie's name.
#[cfg(feature = "ssr")]
pub fn name(secure: bool) -> String {
    crate::context::cookie_name(secure, COOKIE)
}

/// The refusal in the request's cookie, if there is one.
#[cfg(feature = "ssr")]
pub fn current(secure: bool) -> Option<crate::view::Flash> {
    let value = crate::context::cookie(&name(secure))?;
    serde_json::from_str(&percent_decode(&value)).ok()
}

/// How long a cookie's value may be, in bytes. Browsers drop whole cookies of more than 4,096.
#[cfg(feature = "ssr")]
const LONGEST: usize = 3800;

/// The cookie that carries a refusal to the next page, also after coming back from another site. A
/// sentence that is too long is cut.
#[cfg(feature = "ssr")]
pub fn cookie(secure: bool, mut flash: crate::view::Flash) -> String {
    loop {
        let value = percent_encode(&serde_json::to_string(&flash).unwrap_or_default());
        let length = flash.error.message.chars().count();
        if value.len() <= LONGEST || length <= 1 {
            return crate::context::private_cookie(secure, COOKIE, &value, 30);
        }
        let kept: String = flash.error.message.chars().take(length * 3 / 4).collect();
        flash.error.message = format!("{}…", kept.trim_end_matches('…'));
    }
}

/// The cookie that forgets it.
#[cfg(feature = "ssr")]
pub fn forget(secure: bool) -> String {
    crate::context::private_cookie(secure, COOKIE, "", 0)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_never_too_long_for_a_browser() {
        use crate::error::{AppError, Kind};

        for letter in ["x", "„", "🌱"] {
            let error = AppError::new(Kind::Invalid, letter.repeat(5000));
            let flash = crate::view::Flash {
                action: "/sfn/users/add".to_owned(),
                error,
            };
            let cookie = cookie(true, flash);
            assert!(cookie.starts_with("__Host-"), "{cookie}");
            assert!(cookie.len() <= 4096, "{}", cookie.len());
            assert!(cookie.len() > 2000, "{}", cookie.len());
        }
    }
}
