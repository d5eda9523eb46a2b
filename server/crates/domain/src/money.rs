//! Money, exact to a millionth of its unit.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Millionths in a unit.
const MICRO: u64 = 1_000_000;

/// A currency by its three letters of ISO 4217, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Parses the letters, without regard to case.
    ///
    /// # Errors
    /// When it is not three letters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.trim().as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self([a, b, c].map(|letter| letter.to_ascii_uppercase())))
            }
            _ => Err(Invalid::new(
                "currency",
                "A currency has three letters, such as EUR.",
            )),
        }
    }

    /// How many decimal places its amounts are written with.
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// An amount in words: `EUR 1234.50`.
    pub fn show(self, amount: Amount) -> String {
        let places = self.decimals();
        let unit = 10_u64.pow(6 - places);
        let rounded = amount.0 / unit + u64::from(amount.0 % unit >= unit / 2);
        let whole = 10_u64.pow(places);
        let number = match places {
            0 => rounded.to_string(),
            _ => {
                let width = places as usize;
                format!("{}.{:0width$}", rounded / whole, rounded % whole)
            }
        };
        format!("{self} {number}")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}

impl TryFrom<String> for Currency {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

/// An amount of money, in millionths of the currency's unit. Which currency, the plan knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(u64);

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of so many millionths.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The amount in millionths.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Parses an amount as it was typed, such as `1500` or `1499.90`; at most six decimal places.
    ///
    /// # Errors
    /// When it is not such a number, or more than a thousand million.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        decimal(text).map(Self).ok_or_else(|| {
            Invalid::new(
                field,
                "An amount is a number such as 1500 or 0.12, with at most six decimal places.",
            )
        })
    }

    /// `part` by `whole` of it, rounded; all of it, where `whole` is nothing.
    pub(crate) fn share(self, part: u128, whole: u128) -> Self {
        Self(divide(u128::from(self.0) * part, whole).unwrap_or(self.0))
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

macro_rules! price {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Amount);

        impl $name {
            /// No price.
            pub const FREE: Self = Self(Amount::ZERO);

            /// A price of so many millionths.
            pub const fn from_micros(micros: u64) -> Self {
                Self(Amount(micros))
            }

            /// The price in millionths.
            pub const fn micros(self) -> u64 {
                self.0.0
            }

            /// Parses a price as it was typed, such as `0.12`; at most six decimal places.
            ///
            /// # Errors
            /// When it is not such a number.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                Amount::parse($field, text).map(Self)
            }
        }
    };
}

price!(
    /// What an hour of running costs.
    Price, "price"
);
price!(
    /// What a gigabyte of disk costs for a month. A gigabyte is 2³⁰ bytes, as in sizes; a month is
    /// 730 hours, a twelfth of a year.
    StoragePrice, "storagePrice"
);

/// An hour in microseconds.
const HOUR: u128 = 3_600_000_000;

/// What it costs to run for `time` in all at `price`.
pub fn running(price: Price, time: Duration) -> Amount {
    let product = u128::from(price.micros()) * time.as_micros();
    Amount(divide(product, HOUR).unwrap_or(0))
}

/// What it costs to keep one gigabyte for `time`, or several for as much in all, at `price`.
pub fn keeping(price: StoragePrice, gigabyte_time: Duration) -> Amount {
    let product = u128::from(price.micros()) * gigabyte_time.as_micros();
    Amount(divide(product, 730 * HOUR).unwrap_or(0))
}

/// The quotient, rounded to the nearest; `None`, when there is none.
fn divide(product: u128, by: u128) -> Option<u64> {
    let quotient = product.checked_add(by / 2)?.checked_div(by)?;
    Some(u64::try_from(quotient).unwrap_or(u64::MAX))
}

/// Reads a decimal number into millionths.
fn decimal(text: &str) -> Option<u64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 9 || fraction.len() > 6 {
        return None;
    }
    let micros: u64 = format!("{fraction:0<6}").parse().ok()?;
    Some(whole.parse::<u64>().ok()? * MICRO + micros)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_are_exact() {
        assert_eq!(Price::parse("0.12").map(Price::micros), Ok(120_000));
        assert_eq!(Price::parse(" 1,5 ").map(Price::micros), Ok(1_500_000));
        for text in [
            "",
            "-1",
            "1.2.3",
            "1e3",
            "0.1234567",
            "1234567890",
            ".5",
            "€1",
        ] {
            assert!(Price::parse(text).is_err(), "{text}");
        }
        let price = Price::parse("0.12").unwrap();
        assert_eq!(
            running(price, Duration::from_secs(90 * 60)).micros(),
            180_000
        );
        assert_eq!(
            running(Price::from_micros(1), Duration::from_secs(1800)).micros(),
            1
        );
        assert_eq!(
            running(Price::from_micros(1), Duration::from_secs(1799)).micros(),
            0
        );
        let storage = StoragePrice::parse("0.10").unwrap();
        assert_eq!(
            keeping(storage, Duration::from_secs(730 * 3600)).micros(),
            100_000
        );
    }

    #[test]
    fn amounts_are_written_as_their_currency_is() {
        let amount = Amount::parse("limit", "1234.5").unwrap();
        let show = |currency| Currency::parse(currency).unwrap().show(amount);
        assert_eq!(show("eur"), "EUR 1234.50");
        assert_eq!(show("JPY"), "JPY 1235");
        assert_eq!(show("KWD"), "KWD 1234.500");
        assert!(Currency::parse("EURO").is_err() && Currency::parse("€").is_err());
    }

    proptest! {
        #[test]
        fn what_is_typed_is_what_is_shown(cents in 0_u64..100_000_000_000) {
            let typed = format!("{}.{:02}", cents / 100, cents % 100);
            let amount = Amount::parse("limit", &typed).unwrap();
            prop_assert_eq!(Currency::parse("EUR").unwrap().show(amount), format!("EUR {typed}"));
        }
    }
}
