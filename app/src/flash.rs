//! What a form that was sent without a script came to.
//!
//! Such a form is answered by a redirect. The framework would put the error into the address, where
//! anyone could forge it in a link; here it travels in a short-lived cookie instead.

#[cfg(feature = "ssr")]
use crate::address::{percent_decode, percent_encode};

/// The cookie's name.
pub const COOKIE: &str = "lectern-flash";

/// The refusal in the request's cookie, if there is one.
#[cfg(feature = "ssr")]
pub fn current() -> Option<crate::view::Flash> {
    let value = crate::context::cookie(COOKIE)?;
    serde_json::from_str(&percent_decode(&value)).ok()
}

/// How long a cookie's value may be, in bytes. Browsers drop whole cookies of more than 4,096.
#[cfg(feature = "ssr")]
const LONGEST: usize = 3800;

/// The cookie that carries a refusal to the next page, also after coming back from another site. A
/// sentence that is too long is cut.
#[cfg(feature = "ssr")]
pub fn cookie(mut flash: crate::view::Flash) -> String {
    loop {
        let value = percent_encode(&serde_json::to_string(&flash).unwrap_or_default());
        let length = flash.error.message.chars().count();
        if value.len() <= LONGEST || length <= 1 {
            return format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=30");
        }
        let kept: String = flash.error.message.chars().take(length * 3 / 4).collect();
        flash.error.message = format!("{}…", kept.trim_end_matches('…'));
    }
}

/// The cookie that forgets it.
#[cfg(feature = "ssr")]
pub fn forget() -> String {
    format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_never_too_long_for_a_browser() {
        use crate::error::{AppError, Kind};

        for letter in ["x", "„", "🌱"] {
            let error = AppError::new(Kind::Invalid, letter.repeat(5000));
            let cookie = cookie(crate::view::Flash {
                action: "/sfn/users/add".to_owned(),
                error,
            });
            assert!(cookie.len() <= 4096, "{}", cookie.len());
            assert!(cookie.len() > 2000, "{}", cookie.len());
        }
    }
}
