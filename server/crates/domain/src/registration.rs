//! Registration codes: what turns a link into a seat.

use std::fmt;

use crate::Invalid;

/// Thirty-two digits and letters of which no two look alike: there is a 0 but no O, a 1 but no I
/// and no L, and no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A lab's registration code: ten characters of a 32-letter alphabet, 50 bits. Whoever has it may
/// try to register, so it is never logged and prints itself as dots when debugged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RegistrationCode(String);

impl RegistrationCode {
    /// How many characters a code has.
    pub const LENGTH: usize = 10;

    /// The code that ten random bytes from a cryptographic generator make. Each byte gives one
    /// character; 256 is a multiple of 32, so every character is equally likely.
    pub fn from_random(bytes: [u8; Self::LENGTH]) -> Self {
        let characters = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(characters.collect())
    }

    /// Parses a code as a person may have typed it: without regard to case, with blanks and hyphens
    /// ignored, and with O, I and L read as the digits they were taken for.
    ///
    /// # Errors
    /// When it cannot be a code at all.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("code", "A registration code has ten letters and digits.");
        let mut code = String::with_capacity(Self::LENGTH);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if !c.is_ascii() || !ALPHABET.contains(&(c as u8)) || code.len() == Self::LENGTH {
                return Err(wrong());
            }
            code.push(c);
        }
        if code.len() == Self::LENGTH {
            Ok(Self(code))
        } else {
            Err(wrong())
        }
    }

    /// The code's characters, for a link or for a keyed hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RegistrationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegistrationCode(··········)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_copied_by_hand_is_understood() {
        let code = RegistrationCode::parse("0123456789").unwrap();
        assert_eq!(RegistrationCode::parse("oi2 34-56789").unwrap(), code);
        assert!(RegistrationCode::parse("012345678").is_err());
        assert!(RegistrationCode::parse("01234567890").is_err());
        assert!(RegistrationCode::parse("012345678U").is_err());
        assert!(RegistrationCode::parse("012345678é").is_err());
    }

    #[test]
    fn a_code_is_not_printed_by_accident() {
        let code = RegistrationCode::from_random([7; 10]);
        assert!(!format!("{code:?}").contains(code.expose()));
    }

    proptest! {
        #[test]
        fn what_was_made_can_be_read(bytes: [u8; 10]) {
            let code = RegistrationCode::from_random(bytes);
            prop_assert_eq!(RegistrationCode::parse(&code.expose().to_lowercase()).unwrap(), code);
        }
    }
}
