//! Secrets at rest: what must be readable again is encrypted, what must only be recognised is hashed.

use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{digest, hmac};

use crate::clock::Random;

/// A value encrypted under the installation's key: a nonce, the cipher text, and its tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The bytes as they are stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A value read back from the store.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(···)")
    }
}

/// A value encrypted here does not open: another key, or damage.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret does not open with this installation's key")]
pub struct NotOpened;

/// Encrypts, hashes and makes secrets, with the installation's 256-bit key.
#[derive(Clone)]
pub struct Vault {
    cipher: Arc<LessSafeKey>,
    lookup: hmac::Key,
    random: Arc<dyn Random>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(···)")
    }
}

impl Vault {
    /// A vault with this key. Encryption and look-up hashes use keys derived from it.
    pub fn new(key: &[u8; 32], random: Arc<dyn Random>) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let derive = |purpose: &[u8]| hmac::sign(&root, purpose);
        let cipher = UnboundKey::new(&AES_256_GCM, derive(b"lectern encryption 1").as_ref())
            .expect("SHA-256 gives as many bytes as AES-256 takes");
        let lookup = hmac::Key::new(hmac::HMAC_SHA256, derive(b"lectern look-up 1").as_ref());
        Self {
            cipher: Arc::new(LessSafeKey::new(cipher)),
            lookup,
            random,
        }
    }

    /// Encrypts `plain`. `context` says what it is; it opens under the same context only.
    pub fn seal(&self, context: &str, plain: &str) -> Sealed {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce);
        let mut text = plain.as_bytes().to_vec();
        self.cipher
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut text,
            )
            .expect("a secret is far shorter than AES-GCM's limit");
        Sealed([nonce.as_slice(), &text].concat())
    }

    /// Decrypts what [`Self::seal`] encrypted under the same context.
    ///
    /// # Errors
    /// When the key or the context is another, or the value is damaged.
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<String, NotOpened> {
        let (nonce, text) = sealed.0.split_at_checked(NONCE_LEN).ok_or(NotOpened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOpened)?;
        let mut text = text.to_vec();
        let plain = self
            .cipher
            .open_in_place(nonce, Aad::from(context), &mut text)
            .map_err(|_| NotOpened)?;
        String::from_utf8(plain.to_vec()).map_err(|_| NotOpened)
    }

    /// A keyed hash, to find a row by a secret without keeping the secret: 64 hexadecimal digits.
    pub fn lookup_hash(&self, context: &str, secret: &str) -> String {
        let mut signer = hmac::Context::with_key(&self.lookup);
        signer.update(context.as_bytes());
        signer.update(&[0]);
        signer.update(secret.as_bytes());
        hex(signer.sign().as_ref())
    }

    /// A new token of 256 random bits, for links, sessions and tickets: 64 hexadecimal digits.
    pub fn new_token(&self) -> String {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        hex(&bytes)
    }

    /// The hash under which a token is kept. A token has 256 random bits, so it needs no key.
    pub fn token_hash(token: &str) -> String {
        hex(digest::digest(&digest::SHA256, token.as_bytes()).as_ref())
    }
}

/// Bytes as lower-case hexadecimal digits, two a byte.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The bytes that [`hex`] wrote; nothing for any other text.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let digits: Vec<u8> = text.bytes().map(digit).collect::<Option<_>>()?;
    let pairs = digits.len().is_multiple_of(2);
    pairs.then(|| {
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    fn vault(key: u8) -> Vault {
        Vault::new(&[key; 32], Arc::new(SystemRandom::default()))
    }

    #[test]
    fn a_secret_opens_with_its_key_and_context_only() {
        let sealed = vault(1).seal("code", "0123456789");
        assert_eq!(vault(1).open("code", &sealed).unwrap(), "0123456789");
        assert!(vault(1).open("password", &sealed).is_err());
        assert!(vault(2).open("code", &sealed).is_err());
        assert!(
            vault(1)
                .open("code", &Sealed::from_bytes(vec![1, 2, 3]))
                .is_err()
        );
        assert_ne!(vault(1).seal("code", "0123456789"), sealed);
    }

    #[test]
    fn hashes_find_and_tell_nothing() {
        assert_eq!(
            vault(1).lookup_hash("code", "A"),
            vault(1).lookup_hash("code", "A")
        );
        assert_ne!(
            vault(1).lookup_hash("code", "A"),
            vault(2).lookup_hash("code", "A")
        );
        assert_eq!(vault(1).new_token().len(), 64);
        assert_eq!(Vault::token_hash("x").len(), 64);
    }
}
