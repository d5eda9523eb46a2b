//! A list of people as a file: comma-separated values as schools' programs write them. Pure.

use std::collections::HashMap;

use domain::Invalid;
use domain::email::Email;
use domain::group::GroupName;
use domain::name::PersonName;
use domain::quota::AdditionalQuota;

/// The largest file, in bytes: some thousand people.
pub const LARGEST: usize = 512 * 1024;

/// The most lines that are read: a lab has far fewer users.
const MOST_LINES: usize = 5000;

/// The most columns that are read.
const MOST_COLUMNS: usize = 64;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The address.
    Email,
    /// The whole name.
    Name,
    /// The first name.
    First,
    /// The last name.
    Last,
    /// The group in the lab.
    Group,
    /// Hours on top of the quota.
    Hours,
}

impl Column {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Name => "name",
            Self::First => "first name",
            Self::Last => "last name",
            Self::Group => "group",
            Self::Hours => "additional hours",
        }
    }

    /// The column that a heading names, in the words of the usual programs.
    fn of(heading: &str) -> Option<Self> {
        let words: String = heading
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        Some(match words.as_str() {
            "email" | "mail" | "emailaddress" | "mailaddress" | "address" | "emails"
            | "loginemail" | "userprincipalname" | "sisloginid" | "loginid" | "emailadresse" => {
                Self::Email
            }
            "name" | "fullname" | "student" | "studentname" | "displayname" | "username" => {
                Self::Name
            }
            "firstname" | "givenname" | "forename" | "first" | "vorname" => Self::First,
            "lastname" | "surname" | "familyname" | "last" | "nachname" => Self::Last,
            "group" | "groupname" | "groups" | "section" | "team" | "gruppe" => Self::Group,
            "hours"
            | "additionalhours"
            | "extrahours"
            | "additionalquota"
            | "quota"
            | "additionalusagequota" => Self::Hours,
            _ => return None,
        })
    }
}

/// A line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address.
    pub email: Email,
    /// The name.
    pub name: Option<PersonName>,
    /// The group; none where the cell is empty or there is no such column.
    pub group: Option<GroupName>,
    /// The hours on top of everyone's; none where the cell is empty or there is no such column.
    pub additional: Option<AdditionalQuota>,
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// What is written there, cut short, for showing it.
    pub text: String,
    /// What it says, or why it says nothing.
    pub entry: Result<Entry, Invalid>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The columns that were recognised, with the headings they have; without headings only the
    /// address is.
    pub columns: Vec<(Column, String)>,
    /// Headings that nothing was made of.
    pub ignored: Vec<String>,
    /// The lines that are not empty.
    pub lines: Vec<Line>,
}

/// The text of a file, whichever of the usual ways it is written in: UTF-8, UTF-16 with a mark at its
/// beginning, or the old Western European way.
pub fn decode(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return wide(rest, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Reads a file. Columns are found by their headings; a file without headings by what looks like
/// addresses.
///
/// # Errors
/// When there is nothing in it, it is too large, or no column holds addresses.
pub fn read(text: &str) -> Result<File, Invalid> {
    if text.len() > LARGEST {
        return Err(wrong("The file is too large: a list has at most 512 KiB."));
    }
    let rows = rows(text);
    if rows.len() > MOST_LINES {
        return Err(wrong("The file is too long: it has more than 5000 lines."));
    }
    if rows.iter().any(|(_, cells)| cells.len() > MOST_COLUMNS) {
        return Err(wrong("The file is too wide: it has more than 64 columns."));
    }
    let Some((_, first)) = rows.first() else {
        return Err(wrong("The file is empty."));
    };
    let headings: Vec<Option<Column>> = first.iter().map(|cell| Column::of(cell)).collect();
    let has_headings = headings.contains(&Some(Column::Email))
        && !first.iter().any(|cell| Email::parse(cell).is_ok());
    let (columns, body) = if has_headings {
        (headings, &rows[1..])
    } else {
        (unnamed(&rows)?, &rows[..])
    };
    let at = |wanted: Column| columns.iter().position(|column| *column == Some(wanted));
    let mut seen: HashMap<Email, u64> = HashMap::new();
    let lines = body.iter().map(|(number, cells)| {
        let cell = |column: Column| {
            let cell = at(column).and_then(|at| cells.get(at));
            cell.map(|text| text.trim()).filter(|text| !text.is_empty())
        };
        let entry = entry(cell).and_then(|entry| {
            if let Some(first) = seen.get(&entry.email) {
                let message = format!("{} is in line {first} already.", entry.email);
                return Err(Invalid::new("file", message));
            }
            seen.insert(entry.email.clone(), *number);
            Ok(entry)
        });
        let text: String = cells.join(", ").chars().take(100).collect();
        Line {
            number: *number,
            text,
            entry,
        }
    });
    let lines = lines.collect();
    let named = |wanted: bool| {
        first
            .iter()
            .zip(&columns)
            .filter(move |(_, column)| column.is_some() == wanted)
    };
    Ok(File {
        lines,
        columns: match has_headings {
            true => named(true)
                .filter_map(|(heading, column)| Some(((*column)?, heading.trim().to_owned())))
                .collect(),
            false => vec![(Column::Email, String::new())],
        },
        ignored: match has_headings {
            true => named(false)
                .map(|(heading, _)| heading.trim().to_owned())
                .filter(|heading| !heading.is_empty())
                .collect(),
            false => Vec::new(),
        },
    })
}

fn wrong(message: &str) -> Invalid {
    Invalid::new("file", message)
}

/// The rows that are not empty, with their numbers. The separator is what most of the first line is
/// separated by.
fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let first = first.unwrap_or_default();
    let count = |separator: &u8| first.bytes().filter(|byte| byte == separator).count();
    // Of equally many the last of these counts.
    let separator = [b';', b'\t', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let records = reader.records().filter_map(Result::ok);
    // Spreadsheets write empty lines and columns around a list: those do not count.
    let filled = records.filter(|record| record.iter().any(|cell| !cell.trim().is_empty()));
    for record in filled.take(MOST_LINES + 1) {
        let number = line_at(text, record.position());
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        rows.push((number, cells));
    }
    rows
}

/// The number of the line that a record begins in, from 1. The reader's own count is behind where lines
/// end in two characters, and knows nothing of empty lines before the record.
fn line_at(text: &str, position: Option<&csv::Position>) -> u64 {
    let begin = position.map_or(0, csv::Position::byte);
    let begin = usize::try_from(begin).unwrap_or(0).min(text.len());
    let (before, rest) = text.as_bytes().split_at(begin);
    let skipped = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let ends = before.iter().chain(skipped).filter(|byte| **byte == b'\n');
    1 + ends.count() as u64
}

/// The columns of a file without headings: the one with the most addresses.
fn unnamed(rows: &[(u64, Vec<String>)]) -> Result<Vec<Option<Column>>, Invalid> {
    let width = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let addresses = |column: &usize| {
        let cells = rows.iter().filter_map(|(_, cells)| cells.get(*column));
        cells.filter(|cell| Email::parse(cell).is_ok()).count()
    };
    let best = (0..width).rev().max_by_key(addresses);
    match best.filter(|best| addresses(best) > 0) {
        Some(best) => Ok((0..width)
            .map(|column| (column == best).then_some(Column::Email))
            .collect()),
        None => Err(wrong(
            "No column holds e-mail addresses. Give one the heading “email”.",
        )),
    }
}

/// What a line says.
fn entry<'a>(cell: impl Fn(Column) -> Option<&'a str>) -> Result<Entry, Invalid> {
    let Some(email) = cell(Column::Email) else {
        return Err(wrong("There is no e-mail address in this line."));
    };
    let email = Email::parse(email)?;
    let parts = [Column::First, Column::Last];
    let parts: Vec<&str> = parts.into_iter().filter_map(&cell).collect();
    let name = cell(Column::Name).map_or_else(|| parts.join(" "), str::to_owned);
    Ok(Entry {
        email,
        // A name that is none, such as an account's, spoils no line.
        name: PersonName::parse(&name).ok(),
        group: cell(Column::Group).map(GroupName::parse).transpose()?,
        additional: cell(Column::Hours)
            .map(AdditionalQuota::parse_hours)
            .transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn emails(file: &File) -> Vec<&str> {
        let entries = file
            .lines
            .iter()
            .filter_map(|line| line.entry.as_ref().ok());
        entries.map(|entry| entry.email.as_str()).collect()
    }

    #[test]
    fn columns_are_found_by_their_headings() {
        let text = "First name;Last name;Matrikel;E-Mail;Group;Additional hours\r\n\
                    Ada;Lovelace;1;Ada@example.org;A;2\r\n\r\nMax;;2;max@example.org;;-1:30\r\n";
        let file = read(text).unwrap();
        let found: Vec<Column> = file.columns.iter().map(|(column, _)| *column).collect();
        let wanted = [
            Column::First,
            Column::Last,
            Column::Email,
            Column::Group,
            Column::Hours,
        ];
        assert_eq!(found, wanted);
        assert_eq!(file.ignored, ["Matrikel"]);
        let ada = file.lines[0].entry.as_ref().unwrap();
        assert_eq!(ada.name.as_ref().unwrap().as_str(), "Ada Lovelace");
        assert_eq!(ada.group.as_ref().unwrap().as_str(), "A");
        assert_eq!(ada.additional.unwrap().seconds(), 7200);
        let max = file.lines[1].entry.as_ref().unwrap();
        assert_eq!(max.name.as_ref().unwrap().as_str(), "Max");
        assert_eq!(max.group, None);
        assert_eq!(max.additional.unwrap().seconds(), -5400);
        assert_eq!(file.lines[1].number, 4);
    }

    #[test]
    fn a_file_without_headings_is_read_by_its_addresses() {
        let file =
            read("Lovelace, Ada, ada@example.org\nTuring, Alan, alan@example.org\n").unwrap();
        assert_eq!(emails(&file), ["ada@example.org", "alan@example.org"]);
        let file = read("ada@example.org\nnobody\nmax@example.org").unwrap();
        assert_eq!(emails(&file), ["ada@example.org", "max@example.org"]);
        assert!(file.lines[1].entry.is_err());
        assert!(read("a,b\nc,d\n").is_err());
        assert!(read(" \n\n").is_err());
    }

    #[test]
    fn each_wrong_line_says_why_and_spoils_no_other() {
        let text = "email,group,hours\nada@example.org,A,2\nada(at)example.org,A,\n,B,1\n\
                    Ada@Example.org,A,2\nmax@example.org,A,lots\neve@example.org\n";
        let file = read(text).unwrap();
        assert_eq!(emails(&file), ["ada@example.org", "eve@example.org"]);
        let wrong: Vec<(u64, String)> = file
            .lines
            .iter()
            .filter_map(|line| Some((line.number, line.entry.as_ref().err()?.message.clone())))
            .collect();
        assert_eq!(wrong.len(), 4);
        assert_eq!(
            wrong[2],
            (5, "ada@example.org is in line 2 already.".to_owned())
        );
    }

    #[test]
    fn files_of_old_programs_are_read() {
        let text = "name,email\nZoë,zoe@example.org\n";
        let wide: Vec<u8> = std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let old: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [wide, old, marked, text.as_bytes().to_vec()] {
            assert_eq!(decode(&bytes), text);
        }
    }

    fn refusal(text: &str) -> String {
        read(text).unwrap_err().message
    }

    #[test]
    fn a_file_has_at_most_5000_lines() {
        // The heading is one of them. What the others say does not matter, so they are short.
        let of_lines = |lines: usize| {
            let others = "x\n".repeat(lines - 2);
            format!("email\n{others}ada@example.org\n")
        };
        let file = read(&of_lines(5000)).unwrap();
        assert_eq!(file.lines.len(), 4999);
        assert_eq!(emails(&file), ["ada@example.org"], "the last is read");
        assert_eq!(
            refusal(&of_lines(5001)),
            "The file is too long: it has more than 5000 lines."
        );
        // Lines without anything, as spreadsheets write them, take nobody's place.
        let empty = format!("{}{}", ",,\n".repeat(3000), of_lines(5000));
        assert_eq!(read(&empty).unwrap().lines.len(), 4999);
    }

    #[test]
    fn a_file_has_at_most_64_columns() {
        let after = |columns: usize| {
            let others = "x,".repeat(columns);
            format!("{others}email\n{others}ada@example.org\n")
        };
        let file = read(&after(63)).unwrap();
        assert_eq!(emails(&file), ["ada@example.org"]);
        assert_eq!(file.ignored.len(), 63);
        assert_eq!(
            refusal(&after(64)),
            "The file is too wide: it has more than 64 columns."
        );
        let empty = ",".repeat(200);
        let file = read(&format!("email{empty}\nada@example.org{empty}\n")).unwrap();
        assert_eq!(emails(&file), ["ada@example.org"]);
    }

    #[test]
    fn a_file_has_at_most_512_kib() {
        let of_bytes = |bytes: usize| {
            let begin = "email,note\nada@example.org,";
            let note = "x".repeat(bytes - begin.len());
            format!("{begin}{note}")
        };
        let file = read(&of_bytes(512 * 1024)).unwrap();
        assert_eq!(emails(&file), ["ada@example.org"]);
        assert_eq!(
            refusal(&of_bytes(512 * 1024 + 1)),
            "The file is too large: a list has at most 512 KiB."
        );
    }

    proptest! {
        #[test]
        fn nothing_is_too_odd_to_be_read(text in "(\\PC|[,;\"\t\n\r])*") {
            if let Ok(file) = read(&text) {
                let mut seen = std::collections::BTreeSet::new();
                for line in &file.lines {
                    if let Ok(entry) = &line.entry {
                        prop_assert!(seen.insert(entry.email.clone()), "nobody is there twice");
                    }
                }
            }
            decode(text.as_bytes());
        }

        #[test]
        fn everybody_in_a_table_is_found(
            people in prop::collection::btree_set("[a-z]{1,8}", 1..40),
            separator in prop::sample::select(vec![',', ';', '\t']),
        ) {
            let mut text = format!("Group{separator}E-mail address{separator}Name\n");
            for one in &people {
                text.push_str(&format!("\"A\"{separator}{one}@example.org{separator}\"{one}, the{separator} first\"\n"));
            }
            let file = read(&text).unwrap();
            let wanted: Vec<String> = people.iter().map(|one| format!("{one}@example.org")).collect();
            prop_assert_eq!(emails(&file), wanted);
        }
    }
}
