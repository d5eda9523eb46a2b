//! Passwords that somebody guesses first: the common ones, and those made of the account's own words.
//!
//! Length is the only other rule (`Password::for_person`): demanding capitals and digits only leads to
//! `Password123`, which is on the list.

use domain::Invalid;
use domain::credentials::Password;
use domain::email::Email;
use domain::name::PersonName;
use ring::digest::{SHA256, digest};

/// Passwords that were published again and again, of ten characters or more: of each the first bytes of
/// its digest in lower case, in order. `scripts/make-common-passwords.mjs` makes it.
static COMMON: &[u8] = include_bytes!("common-passwords.bin");

/// How many bytes of each there are. That a password nobody knows has the same ones happens once in
/// twenty million.
const BYTES: usize = 5;

/// Demands that a password is not among the first that somebody would try for this account.
///
/// # Errors
/// When it is a common one, or nothing but the account's address, its name, or this product's.
pub(crate) fn demand_hard_to_guess(
    password: &Password,
    email: &Email,
    name: &PersonName,
) -> Result<(), Invalid> {
    let text = password.expose().to_lowercase();
    if is_common(&text) {
        return Err(Invalid::new(
            "password",
            "Many people have this password, so it is among the first that are tried. Choose another; a few words in a row are easy to keep.",
        ));
    }
    if is_made_of(&text, &own_words(email, name)) {
        return Err(Invalid::new(
            "password",
            "This password is your name, your address or “Lectern”, which anybody would try. Choose another; a few words in a row are easy to keep.",
        ));
    }
    Ok(())
}

/// Whether a password in lower case is on the list.
fn is_common(text: &str) -> bool {
    let digest = digest(&SHA256, text.as_bytes());
    let wanted = &digest.as_ref()[..BYTES];
    let (all, _) = COMMON.as_chunks::<BYTES>();
    all.binary_search_by(|one| one.as_slice().cmp(wanted))
        .is_ok()
}

/// What everybody knows of an account, the longest first, as letters only.
fn own_words(email: &Email, name: &PersonName) -> Vec<String> {
    let address = email.as_str();
    let (mailbox, host) = address.split_once('@').unwrap_or((address, ""));
    let names = name.as_str().split_whitespace();
    let mut words: Vec<String> = [address, mailbox, host, name.as_str(), "lectern"]
        .into_iter()
        .chain(names)
        .map(letters)
        .filter(|word| word.chars().count() > 2)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// Whether nothing but digits and signs is left of a text once all of `words` are taken out.
fn is_made_of(text: &str, words: &[String]) -> bool {
    let letters = letters(text);
    let left = words.iter().fold(letters.clone(), |left, word| {
        left.replace(word.as_str(), "")
    });
    !letters.is_empty() && left.is_empty()
}

fn letters(text: &str) -> String {
    let small = text.to_lowercase();
    small.chars().filter(|c| c.is_alphabetic()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<String> {
        let password = Password::for_person(password).unwrap();
        let email = Email::parse("g.hopper@navy.example").unwrap();
        let name = PersonName::parse("Grace Hopper").unwrap();
        let refused = demand_hard_to_guess(&password, &email, &name).err()?;
        assert_eq!(refused.field, "password");
        Some(refused.message)
    }

    #[test]
    fn the_list_is_whole_and_in_order() {
        let (all, rest) = COMMON.as_chunks::<BYTES>();
        assert!(rest.is_empty());
        assert!(all.len() > 40_000, "{}", all.len());
        assert!(all.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn common_passwords_are_refused_however_they_are_written() {
        for common in [
            "1234567890",
            "qwertyuiop",
            "Password123",
            "PASSWORD123",
            "1q2w3e4r5t",
            "basketball",
            "Manchester",
        ] {
            let sentence = refused(common);
            assert!(
                sentence.as_ref().is_some_and(|s| s.contains("Many people")),
                "{common}: {sentence:?}"
            );
        }
    }

    #[test]
    fn what_everybody_knows_of_the_account_is_refused() {
        for known in [
            "g.hopper@navy.example",
            "gracehopper",
            "Grace Hopper 1906",
            "hoppergrace!",
            "navy.example",
            "lectern-lectern",
            "Lectern2026!",
        ] {
            let sentence = refused(known);
            assert!(
                sentence.as_ref().is_some_and(|s| s.contains("your name")),
                "{known}: {sentence:?}"
            );
        }
    }

    #[test]
    fn a_few_words_are_fine_and_no_signs_are_asked_for() {
        for fine in [
            "a few words in a row",
            "correct horse battery",
            "grace likes turtles",
            "4071 9926 3358 1",
            "ßüß ñandú 字字字字",
        ] {
            assert_eq!(refused(fine), None, "{fine}");
        }
    }
}
