//! Filters (RFC 7644 §3.4.2.2): read, and printed again. Pure.

use std::fmt;

use serde_json::{Number, Value};

use crate::error::{Result, ScimError, ScimType};

/// How deep brackets may nest: more is nobody's question.
const DEEPEST: usize = 40;

/// The longest filter that is read, in bytes.
const LONGEST: usize = 8192;

/// An attribute as a filter or a path names it, such as
/// `urn:ietf:params:scim:schemas:core:2.0:User:name.familyName`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttrPath {
    /// The schema before the last colon, where it is said.
    pub schema: Option<String>,
    /// The attribute.
    pub name: String,
    /// A part of it.
    pub sub: Option<String>,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than, or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than, or equal.
    Le,
}

impl Operator {
    const ALL: [Self; 9] = [
        Self::Eq,
        Self::Ne,
        Self::Co,
        Self::Sw,
        Self::Ew,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether it asks which of two comes first.
    pub fn orders(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }
}

/// What an attribute is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
}

/// A question about a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// The attribute has a value.
    Present(AttrPath),
    /// The attribute compares so.
    Compare(AttrPath, Operator, Literal),
    /// One value of a multi-valued attribute fits as a whole.
    Has(AttrPath, Box<Filter>),
    /// Both hold.
    And(Box<Filter>, Box<Filter>),
    /// One holds.
    Or(Box<Filter>, Box<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// `invalidFilter`, with what was expected where.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(wrong("The filter is too long."));
        }
        let mut reader = Reader::new(text);
        let filter = reader.either(0)?;
        reader.blanks();
        if reader.rest().is_empty() {
            Ok(filter)
        } else {
            Err(reader.expected("and, or, or the end"))
        }
    }
}

fn wrong(sentence: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidFilter, sentence)
}

/// Reads the words of filters and paths, one after the other.
pub(crate) struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub fn expected(&self, what: &str) -> ScimError {
        let near: String = self.rest().chars().take(20).collect();
        if near.is_empty() {
            return wrong(format!("The filter ends where {what} was expected."));
        }
        wrong(format!(
            "The filter has “{near}” where {what} was expected."
        ))
    }

    pub fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes a sign, if it comes next.
    pub fn sign(&mut self, sign: char) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len_utf8();
        }
        found
    }

    /// The word that comes next, without taking it.
    fn word(&self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.$".contains(c)))
            .unwrap_or(rest.len());
        &rest[..end]
    }

    /// Takes a word, if it comes next, whatever its case.
    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.word().eq_ignore_ascii_case(keyword);
        if found {
            self.at += keyword.len();
        }
        found
    }

    fn either(&mut self, depth: usize) -> Result<Filter> {
        let mut filter = self.both(depth)?;
        loop {
            self.blanks();
            if !self.keyword("or") {
                return Ok(filter);
            }
            filter = Filter::Or(Box::new(filter), Box::new(self.both(depth)?));
        }
    }

    fn both(&mut self, depth: usize) -> Result<Filter> {
        let mut filter = self.one(depth)?;
        loop {
            self.blanks();
            if !self.keyword("and") {
                return Ok(filter);
            }
            filter = Filter::And(Box::new(filter), Box::new(self.one(depth)?));
        }
    }

    fn one(&mut self, depth: usize) -> Result<Filter> {
        if depth > DEEPEST {
            return Err(wrong("The filter’s brackets nest too deep."));
        }
        self.blanks();
        if self.sign('(') {
            return self.closed(depth, ')');
        }
        let before = self.at;
        if self.keyword("not") {
            self.blanks();
            if self.sign('(') {
                return Ok(Filter::Not(Box::new(self.closed(depth, ')')?)));
            }
            self.at = before;
        }
        let path = self.path()?;
        if self.sign('[') {
            let inside = self.closed(depth, ']')?;
            if !self.sign('.') {
                return Ok(Filter::Has(path, Box::new(inside)));
            }
            // `emails[type eq "work"].value eq "x"`, which Entra asks: one value fits both.
            let part = self.path()?;
            let more = self.comparison(part)?;
            let whole = Filter::And(Box::new(inside), Box::new(more));
            return Ok(Filter::Has(path, Box::new(whole)));
        }
        self.comparison(path)
    }

    /// What is inside of brackets that were opened, to where they close.
    pub fn closed(&mut self, depth: usize, close: char) -> Result<Filter> {
        let filter = self.either(depth + 1)?;
        self.blanks();
        if self.sign(close) {
            Ok(filter)
        } else {
            Err(self.expected(&format!("“{close}”")))
        }
    }

    /// An attribute.
    pub fn path(&mut self) -> Result<AttrPath> {
        let word = self.word();
        let path = AttrPath::of(word).ok_or_else(|| self.expected("an attribute"))?;
        self.at += word.len();
        Ok(path)
    }

    fn comparison(&mut self, path: AttrPath) -> Result<Filter> {
        self.blanks();
        if self.keyword("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = Operator::ALL
            .into_iter()
            .find(|operator| self.keyword(operator.word()))
            .ok_or_else(|| self.expected("one of pr, eq, ne, co, sw, ew, gt, ge, lt and le"))?;
        self.blanks();
        let literal = self.literal()?;
        let fits = match (&literal, operator) {
            (Literal::Text(_), _) | (_, Operator::Eq | Operator::Ne) => true,
            (Literal::Number(_), operator) => operator.orders(),
            (Literal::Null | Literal::Bool(_), _) => false,
        };
        if !fits {
            return Err(wrong(format!(
                "“{}” compares no such value.",
                operator.word()
            )));
        }
        Ok(Filter::Compare(path, operator, literal))
    }

    fn literal(&mut self) -> Result<Literal> {
        let rest = self.rest();
        let end = if rest.starts_with('"') {
            closing_quote(rest).ok_or_else(|| self.expected("a text that ends"))?
        } else {
            rest.find(|c: char| c.is_whitespace() || "()[]".contains(c))
                .unwrap_or(rest.len())
        };
        let written = &rest[..end];
        // Entra writes its booleans as it likes.
        let lower = written.to_ascii_lowercase();
        let written = match lower.as_str() {
            "true" | "false" | "null" => lower.as_str(),
            _ => written,
        };
        let literal = match serde_json::from_str(written) {
            Ok(Value::Null) => Literal::Null,
            Ok(Value::Bool(value)) => Literal::Bool(value),
            Ok(Value::Number(value)) => Literal::Number(value),
            Ok(Value::String(value)) => Literal::Text(value),
            Ok(Value::Array(_) | Value::Object(_)) | Err(_) => {
                return Err(self.expected("a value, texts in quotation marks"));
            }
        };
        self.at += end;
        Ok(literal)
    }
}

/// Where a text that begins with a quotation mark ends.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

impl AttrPath {
    /// Reads an attribute's name, with schema and part.
    pub fn of(text: &str) -> Option<Self> {
        let (schema, rest) = match text.rsplit_once(':') {
            Some((schema, rest)) if !schema.is_empty() => (Some(schema), rest),
            Some(_) => return None,
            None => (None, text),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        let is_name = |name: &str| {
            let letters = name.strip_prefix('$').unwrap_or(name);
            letters.starts_with(|c: char| c.is_ascii_alphabetic())
                && letters
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        // The tail of a schema's own name has its version before the last colon: “User” may stand alone.
        let fits = is_name(name) && sub.is_none_or(is_name);
        fits.then(|| Self {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{}", Value::from(value.as_str())),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_or = |filter: &Self| matches!(filter, Self::Or(..));
        let is_and = |filter: &Self| matches!(filter, Self::And(..));
        let part = |f: &mut fmt::Formatter<'_>, filter: &Self, bracket: bool| {
            if bracket {
                write!(f, "({filter})")
            } else {
                write!(f, "{filter}")
            }
        };
        match self {
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(path, operator, literal) => {
                write!(f, "{path} {} {literal}", operator.word())
            }
            Self::Has(path, inside) => write!(f, "{path}[{inside}]"),
            Self::And(left, right) => {
                part(f, left, is_or(left))?;
                f.write_str(" and ")?;
                part(f, right, is_or(right) || is_and(right))
            }
            Self::Or(left, right) => {
                part(f, left, false)?;
                f.write_str(" or ")?;
                part(f, right, is_or(right))
            }
            Self::Not(inside) => write!(f, "not ({inside})"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paths() -> impl Strategy<Value = AttrPath> {
        let name = "[a-zA-Z][a-zA-Z0-9_-]{0,6}";
        let schema = proptest::option::of(Just(
            "urn:ietf:params:scim:schemas:core:2.0:User".to_owned(),
        ));
        (schema, name, proptest::option::of(name)).prop_map(|(schema, name, sub)| AttrPath {
            schema,
            name,
            sub,
        })
    }

    fn comparisons() -> impl Strategy<Value = Filter> {
        let operator = (0..Operator::ALL.len()).prop_map(|n| Operator::ALL[n]);
        let equality = prop_oneof![Just(Operator::Eq), Just(Operator::Ne)];
        let plain = prop_oneof![
            Just(Literal::Null),
            any::<bool>().prop_map(Literal::Bool),
            any::<i32>().prop_map(|n| Literal::Number(n.into())),
        ];
        prop_oneof![
            paths().prop_map(Filter::Present),
            (paths(), operator, any::<String>()).prop_map(|(path, op, text)| Filter::Compare(
                path,
                op,
                Literal::Text(text)
            )),
            (paths(), equality, plain)
                .prop_map(|(path, op, value)| Filter::Compare(path, op, value)),
        ]
    }

    /// Any filter at all.
    pub(crate) fn filters() -> impl Strategy<Value = Filter> {
        comparisons().prop_recursive(5, 24, 2, |inner| {
            let two = (inner.clone(), inner.clone());
            prop_oneof![
                two.clone()
                    .prop_map(|(a, b)| Filter::And(Box::new(a), Box::new(b))),
                two.prop_map(|(a, b)| Filter::Or(Box::new(a), Box::new(b))),
                inner.clone().prop_map(|a| Filter::Not(Box::new(a))),
                (paths(), inner).prop_map(|(path, a)| {
                    // Brackets follow an attribute as a whole.
                    let path = AttrPath { sub: None, ..path };
                    Filter::Has(path, Box::new(a))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_printed_filter_reads_as_itself(filter in filters()) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            let _ = Filter::parse(&text);
        }

        #[test]
        fn nor_is_one_of_the_right_words(words in proptest::collection::vec(
            prop_oneof![
                Just("userName"), Just("emails"), Just("["), Just("]"), Just("("), Just(")"),
                Just("and"), Just("or"), Just("not"), Just("eq"), Just("pr"), Just("\"x\""),
                Just("\""), Just("\\"), Just("true"), Just("."), Just("1e9"), Just("é"),
            ],
            0..24,
        ), gap in prop_oneof![Just(""), Just(" ")]) {
            let _ = Filter::parse(&words.join(gap));
        }
    }

    #[test]
    fn deep_brackets_are_refused_and_harm_nobody() {
        let deep = format!("{}userName pr{}", "(".repeat(3000), ")".repeat(3000));
        assert_eq!(
            Filter::parse(&deep).unwrap_err().kind,
            Some(ScimType::InvalidFilter)
        );
    }

    #[test]
    fn and_binds_closer_than_or() {
        let (a, b) = ("a pr or b pr and c pr", "a pr or (b pr and c pr)");
        assert_eq!(Filter::parse(a), Filter::parse(b));
        assert_ne!(Filter::parse(a), Filter::parse("(a pr or b pr) and c pr"));
        assert_eq!(
            Filter::parse("not (a pr) AND b PR"),
            Filter::parse("(not (a pr)) and b pr")
        );
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq ada",
            "userName eq \"ada",
            "userName is \"ada\"",
            "active gt true",
            "age co 3",
            "userName eq \"a\" userName eq \"b\"",
            "(userName pr",
            "emails[type eq \"work\"",
            "not userName pr",
            "1name pr",
            "userName eq {}",
            ":x pr",
        ] {
            let refused = Filter::parse(text).unwrap_err();
            assert_eq!(refused.kind, Some(ScimType::InvalidFilter), "{text}");
        }
    }
}
