//! A device with one passkey, made of real keys, as browsers answer for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// The device, and the browser around it.
pub struct Authenticator {
    keys: EcdsaKeyPair,
    pub id: Vec<u8>,
    /// Whose passkey it is, as the portal said when it was made.
    pub handle: Vec<u8>,
    /// How often it was used. With 0 it does not count.
    pub counter: u32,
    /// Whether it asks its owner for a finger, a face or a code.
    pub verifies: bool,
    /// The page that the browser shows.
    pub origin: String,
}

impl Authenticator {
    pub fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self {
            keys: EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap(),
            id: id.as_bytes().to_vec(),
            handle: Vec::new(),
            counter: 1,
            verifies: true,
            origin: "https://labs.example.org".to_owned(),
        }
    }

    /// Makes the passkey that is asked for.
    pub fn create(&mut self, options: &Value) -> Value {
        self.handle = unpack(&options["user"]["id"]);
        let (x, y) = self.keys.public_key().as_ref()[1..].split_at(32);
        // COSE_Key: an elliptic curve's, for ES256, on P-256.
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(x);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(y);
        let mut data = self.data(&options["rp"]["id"], ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(&key);
        // CBOR: { "fmt": "none", "attStmt": {}, "authData": data }.
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        let client = self.client_data("webauthn.create", options);
        self.answer(json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "transports": ["internal"],
        }))
    }

    /// Answers for its owner, and counts.
    pub fn get(&mut self, options: &Value) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let data = self.data(&options["rpId"], 0);
        let client = self.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, client.as_bytes()).as_ref());
        let signature = self.keys.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": URL_SAFE_NO_PAD.encode(&self.handle),
        }))
    }

    fn data(&self, site: &Value, flags: u8) -> Vec<u8> {
        let flags = flags | PRESENT | if self.verifies { VERIFIED } else { 0 };
        let site = digest(&SHA256, site.as_str().unwrap().as_bytes());
        let mut data = site.as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let challenge = &options["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    fn answer(&self, response: Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "response": response,
            "clientExtensionResults": {},
        })
    }
}

fn unpack(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}
