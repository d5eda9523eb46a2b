//! `$filter`: `eq`, `ne`, `and`, `or`, parentheses and `startswith` over five fields.

use axum::http::StatusCode;

use crate::error::ArmError;

/// What may be asked about.
const FIELDS: [&str; 5] = ["name", "title", "state", "email", "claimedByUserId"];

/// The deepest nesting that is read.
const DEEPEST: usize = 20;

/// The longest filter that is read, in characters.
const LONGEST: usize = 2000;

const SUPPORTED: &str = "A filter compares name, title, state, email or claimedByUserId with a text by eq and ne, or asks startswith(field,'text'); these are joined by and, or and parentheses. An example: state eq 'Published' and startswith(title,'Python').";

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The field has this text, or has not.
    Is {
        /// Which field.
        field: &'static str,
        /// The text; none is “nothing at all”.
        text: Option<String>,
        /// Whether it is to be so.
        equal: bool,
    },
    /// The field begins with this text.
    StartsWith {
        /// Which field.
        field: &'static str,
        /// The text.
        text: String,
    },
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// One holds.
    Or(Box<Self>, Box<Self>),
}

impl Filter {
    /// Parses a filter.
    ///
    /// # Errors
    /// 400 `InvalidFilter`, with what is supported.
    pub fn parse(text: &str) -> Result<Self, ArmError> {
        let wrong = || {
            let shown: String = text.chars().take(100).collect();
            ArmError::new(
                StatusCode::BAD_REQUEST,
                "InvalidFilter",
                format!("The filter “{shown}” is not understood. {SUPPORTED}"),
            )
        };
        if text.chars().count() > LONGEST {
            return Err(wrong());
        }
        let tokens = tokens(text).ok_or_else(wrong)?;
        let mut parser = Parser {
            tokens: &tokens,
            at: 0,
        };
        let filter = parser.any(0).ok_or_else(wrong)?;
        if parser.at == tokens.len() {
            Ok(filter)
        } else {
            Err(wrong())
        }
    }

    /// Whether it holds of a resource, whose fields `value` tells. Case does not matter.
    pub fn holds<'v>(&self, value: &impl Fn(&str) -> Option<&'v str>) -> bool {
        match self {
            Self::Is { field, text, equal } => {
                let same = match (value(field), text) {
                    (Some(value), Some(text)) => value.eq_ignore_ascii_case(text),
                    (value, text) => value.is_none() && text.is_none(),
                };
                same == *equal
            }
            Self::StartsWith { field, text } => value(field).is_some_and(|value| {
                let begins = value.get(..text.len());
                begins.is_some_and(|begins| begins.eq_ignore_ascii_case(text))
            }),
            Self::And(one, other) => one.holds(value) && other.holds(value),
            Self::Or(one, other) => one.holds(value) || other.holds(value),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '\'' => {
                let mut inside = String::new();
                loop {
                    match rest.next()? {
                        // A quotation mark inside is written twice.
                        '\'' if rest.peek() == Some(&'\'') => {
                            rest.next();
                            inside.push('\'');
                        }
                        '\'' => break,
                        other => inside.push(other),
                    }
                }
                tokens.push(Token::Text(inside));
            }
            c if c.is_ascii_alphanumeric() => {
                let mut word = String::from(c);
                while let Some(c) = rest
                    .peek()
                    .filter(|c| c.is_ascii_alphanumeric() || **c == '/')
                {
                    word.push(*c);
                    rest.next();
                }
                tokens.push(Token::Word(word));
            }
            _ => return None,
        }
    }
    Some(tokens)
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, token: &Token) -> Option<()> {
        (self.next()? == token).then_some(())
    }

    fn any(&mut self, depth: usize) -> Option<Filter> {
        let mut filter = self.all(depth)?;
        while self.word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all(depth)?));
        }
        Some(filter)
    }

    fn all(&mut self, depth: usize) -> Option<Filter> {
        let mut filter = self.one(depth)?;
        while self.word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one(depth)?));
        }
        Some(filter)
    }

    fn one(&mut self, depth: usize) -> Option<Filter> {
        if depth > DEEPEST {
            return None;
        }
        if self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let filter = self.any(depth + 1)?;
            self.expect(&Token::Close)?;
            return Some(filter);
        }
        if self.word("startswith") {
            self.expect(&Token::Open)?;
            let field = self.field()?;
            self.expect(&Token::Comma)?;
            let text = self.text()??;
            self.expect(&Token::Close)?;
            return Some(Filter::StartsWith { field, text });
        }
        let field = self.field()?;
        let equal = if self.word("eq") {
            true
        } else if self.word("ne") {
            false
        } else {
            return None;
        };
        let text = self.text()?;
        Some(Filter::Is { field, text, equal })
    }

    fn field(&mut self) -> Option<&'static str> {
        let Some(Token::Word(word)) = self.next() else {
            return None;
        };
        let bare = word.strip_prefix("properties/").unwrap_or(word).to_owned();
        FIELDS
            .into_iter()
            .find(|field| field.eq_ignore_ascii_case(&bare))
    }

    /// A text, or `null`.
    fn text(&mut self) -> Option<Option<String>> {
        match self.next()? {
            Token::Text(text) => Some(Some(text.clone())),
            Token::Word(word) if word.eq_ignore_ascii_case("null") => Some(None),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(filter: &str) -> bool {
        let value = |field: &str| match field {
            "name" => Some("Lab-1"),
            "title" => Some("Ada’s lab"),
            "state" => Some("Published"),
            _ => None,
        };
        Filter::parse(filter).unwrap().holds(&value)
    }

    #[test]
    fn filters_are_understood() {
        for filter in [
            "name eq 'lab-1'",
            "properties/state ne 'Draft'",
            "startswith(title,'ADA') and (state eq 'Draft' or state eq 'Published')",
            "claimedByUserId eq null",
            "name eq 'x' or name eq 'y' or name eq 'LAB-1' and state eq 'published'",
        ] {
            assert!(holds(filter), "{filter}");
        }
        for filter in [
            "name eq 'lab'",
            "state ne 'PUBLISHED'",
            "startswith(title,'lab')",
            "claimedByUserId ne null",
        ] {
            assert!(!holds(filter), "{filter}");
        }
    }

    #[test]
    fn what_is_not_supported_is_told() {
        for filter in [
            "",
            "name",
            "name eq",
            "name gt 'a'",
            "name eq 'a",
            "name eq lab",
            "size eq 'a'",
            "(name eq 'a'",
            "name eq 'a')",
            "startswith(name)",
            "startswith(name,null)",
            "name eq 'a' and",
            "not (name eq 'a')",
            &format!("{}name eq 'a'{}", "(".repeat(99), ")".repeat(99)),
        ] {
            let error = Filter::parse(filter).unwrap_err();
            assert_eq!(error.detail().code, "InvalidFilter", "{filter}");
            assert!(error.detail().message.contains("startswith"));
        }
    }

    proptest! {
        #[test]
        fn no_text_does_harm(text in "[a-z'()/, ]{0,60}") {
            let _ = Filter::parse(&text).map(|filter| filter.holds(&|_| Some("é")));
        }
    }
}
