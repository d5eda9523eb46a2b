//! Tables as comma-separated values, for people who open them in a spreadsheet.

use crate::error::{Error, Result};

/// A table being written.
#[derive(Debug)]
pub struct Table(csv::Writer<Vec<u8>>);

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// An empty one.
    pub fn new() -> Self {
        let mut writer = csv::WriterBuilder::new();
        Self(
            writer
                .terminator(csv::Terminator::CRLF)
                .from_writer(Vec::new()),
        )
    }

    /// Writes a line.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn line<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let cells: Vec<String> = cells.into_iter().map(harmless).collect();
        self.0
            .write_record(&cells)
            .map_err(|e| Error::Internal(Box::new(e)))
    }

    /// What was written.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn text(self) -> Result<String> {
        let bytes = self
            .0
            .into_inner()
            .map_err(|e| Error::Internal(e.to_string().into()))?;
        String::from_utf8(bytes).map_err(|e| Error::Internal(Box::new(e)))
    }
}

/// What a formula begins with.
const FORMULAS: [char; 4] = ['=', '+', '-', '@'];

/// A cell that no spreadsheet takes for a formula: what somebody typed as a name must not run on the
/// computer of who opens the table. Where a spreadsheet cuts cells at something else than commas, another
/// begins within this one.
fn harmless(cell: &str) -> String {
    if cell.parse::<f64>().is_ok() {
        return cell.to_owned();
    }
    let mut safe = String::with_capacity(cell.len() + 1);
    if cell.starts_with(['\t', '\r']) {
        safe.push('\'');
    }
    let mut begins = true;
    for c in cell.chars() {
        if begins && FORMULAS.contains(&c) {
            safe.push('\'');
        }
        // Quotes and spaces before a formula are passed over.
        begins = matches!(c, ';' | '\t' | '\r' | '\n') || (begins && matches!(c, ' ' | '"'));
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        let mut table = Table::new();
        table.line(["name", "say \"hi\", now", "=1+1"]).unwrap();
        table.line(["two\nlines", "-1.5", "@SUM(A1)"]).unwrap();
        assert_eq!(
            table.text().unwrap(),
            "name,\"say \"\"hi\"\", now\",'=1+1\r\n\"two\nlines\",-1.5,'@SUM(A1)\r\n"
        );
    }

    #[test]
    fn no_formula_begins_within_a_cell_that_is_cut_elsewhere() {
        for (cell, safe) in [
            ("Ada;=1+1", "Ada;'=1+1"),
            ("Ada\t@SUM(A1)", "Ada\t'@SUM(A1)"),
            ("Ada; +1;-x", "Ada; '+1;'-x"),
            ("Ada\n=1", "Ada\n'=1"),
            ("Ada;\"=1", "Ada;\"'=1"),
            ("\t=1+1", "'\t'=1+1"),
            ("\rx", "'\rx"),
            (" =1", " '=1"),
            ("=1;=2", "'=1;'=2"),
            ("a-b; c=d", "a-b; c=d"),
            ("-1.5", "-1.5"),
            ("+3", "+3"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), safe, "{cell:?}");
        }
    }
}
