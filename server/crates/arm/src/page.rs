//! Lists in pages. The next page begins after the last name of the one before, so that nothing is
//! shown twice or left out because something else came or went meanwhile.

use crate::error::{ArmError, Result};

/// How many items a page has.
pub const SIZE: usize = 100;

/// How the parameter is written that says where a page begins.
pub const TOKEN: &str = "^([0-9a-f]{2})*$";

/// The parameter that says where a page begins.
pub const PARAMETER: &str = "$skipToken";

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Where the next one begins.
    pub next: Option<String>,
}

/// The page that `token` asks for, of items in the order of their keys.
///
/// # Errors
/// 400 for a token that no page had.
pub fn page<T>(items: Vec<T>, token: Option<&str>, key: impl Fn(&T) -> String) -> Result<Page<T>> {
    let after = token.map(decode).transpose()?;
    let mut rest = items
        .into_iter()
        .filter(|item| after.as_ref().is_none_or(|after| key(item) > *after));
    let items: Vec<T> = rest.by_ref().take(SIZE).collect();
    let more = rest.next().is_some();
    let next = items
        .last()
        .filter(|_| more)
        .map(|last| service::vault::hex(key(last).as_bytes()));
    Ok(Page { items, next })
}

fn decode(token: &str) -> Result<String> {
    let wrong = || {
        ArmError::about(
            PARAMETER,
            "This is not the address of a page. Begin with the first one.",
        )
    };
    let bytes = service::vault::unhex(token).ok_or_else(wrong)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(items: &[u32], token: Option<&str>) -> Page<u32> {
        page(items.to_vec(), token, |n| format!("{n:06}")).unwrap()
    }

    proptest! {
        /// Whatever comes and goes between two pages, what stays is shown exactly once.
        #[test]
        fn what_stays_is_shown_once(
            mut items in proptest::collection::btree_set(0_u32..1000, 0..300),
            changes in proptest::collection::vec((0_u32..1000, any::<bool>()), 0..40),
        ) {
            let mut stays = items.clone();
            let (mut shown, mut token, mut changes) = (Vec::new(), None, changes.into_iter());
            loop {
                let all: Vec<u32> = items.iter().copied().collect();
                let page = read(&all, token.as_deref());
                prop_assert!(page.items.len() <= SIZE);
                shown.extend(page.items);
                for (item, comes) in changes.by_ref().take(10) {
                    stays.remove(&item);
                    if comes { items.insert(item); } else { items.remove(&item); }
                }
                token = page.next;
                if token.is_none() { break; }
            }
            for item in stays {
                prop_assert_eq!(shown.iter().filter(|n| **n == item).count(), 1);
            }
        }
    }

    #[test]
    fn a_token_that_is_none_is_refused() {
        for token in ["%", "abc", "xy"] {
            assert!(page(vec![1], Some(token), |n: &i32| n.to_string()).is_err());
        }
    }
}
