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

/// A cell that no spreadsheet takes for a formula: what somebody typed as a name must not run on the
/// computer of who opens the table.
fn harmless(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let number = cell.parse::<f64>().is_ok();
    if risky && !number {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
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
}
