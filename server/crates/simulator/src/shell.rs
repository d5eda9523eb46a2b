//! A pretended shell: a prompt, line editing, a handful of commands. Pure: bytes in, bytes out.

/// What an idle shell's machine calls itself.
const SYSTEM: &str = "Linux";

/// What the shell is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It waits for a line.
    Reading,
    /// It prints this block again and again, until it is interrupted.
    Printing(Vec<u8>),
    /// It ended.
    Ended,
    /// It shuts the machine down.
    ShuttingDown,
}

/// Where in an escape sequence, such as that of an arrow key, the input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    No,
    Begun,
    Within,
}

/// A pretended shell.
#[derive(Debug)]
pub(crate) struct Shell {
    user: String,
    host: String,
    columns: u16,
    rows: u16,
    line: String,
    /// Bytes of a character that has not fully arrived.
    partial: Vec<u8>,
    escape: Escape,
    doing: Doing,
}

impl Shell {
    pub(crate) fn new(user: &str, host: &str, columns: u16, rows: u16) -> Self {
        Self {
            user: user.to_owned(),
            host: host.to_owned(),
            columns,
            rows,
            line: String::new(),
            partial: Vec::new(),
            escape: Escape::No,
            doing: Doing::Reading,
        }
    }

    /// What is printed before anything is typed.
    pub(crate) fn greeting(&self) -> Vec<u8> {
        let prompt = self.prompt();
        format!("This machine is simulated. Type help to see what it can do.\r\n{prompt}")
            .into_bytes()
    }

    pub(crate) fn doing(&self) -> &Doing {
        &self.doing
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.columns = columns;
        self.rows = rows;
    }

    /// Takes what was typed, and returns what is printed.
    pub(crate) fn type_in(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for &byte in bytes {
            match &self.doing {
                Doing::Reading => self.key(byte, &mut out),
                Doing::Printing(_) if byte == 0x03 => {
                    self.doing = Doing::Reading;
                    out.extend_from_slice(b"^C\r\n");
                    out.extend_from_slice(self.prompt().as_bytes());
                }
                Doing::Printing(_) => {}
                Doing::Ended | Doing::ShuttingDown => break,
            }
        }
        out
    }

    fn key(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.escape, byte) {
            (Escape::No, 0x1b) => self.escape = Escape::Begun,
            (Escape::Begun, b'[' | b'O') => self.escape = Escape::Within,
            (Escape::Begun, _) => self.escape = Escape::No,
            (Escape::Within, b'@'..=b'~') => self.escape = Escape::No,
            (Escape::Within, _) => {}
            (Escape::No, b'\r' | b'\n') => {
                out.extend_from_slice(b"\r\n");
                let line = std::mem::take(&mut self.line);
                self.run(line.trim(), out);
            }
            (Escape::No, 0x08 | 0x7f) => {
                if self.line.pop().is_some() {
                    out.extend_from_slice(b"\x08 \x08");
                }
            }
            // Ctrl+C, Ctrl+D, Ctrl+L, Ctrl+U.
            (Escape::No, 0x03) => {
                self.line.clear();
                out.extend_from_slice(format!("^C\r\n{}", self.prompt()).as_bytes());
            }
            (Escape::No, 0x04) if self.line.is_empty() => {
                out.extend_from_slice(b"logout\r\n");
                self.doing = Doing::Ended;
            }
            (Escape::No, 0x0c) => {
                let line = format!("\x1b[H\x1b[2J{}{}", self.prompt(), self.line);
                out.extend_from_slice(line.as_bytes());
            }
            (Escape::No, 0x15) => {
                let erase = "\x08 \x08".repeat(self.line.chars().count());
                out.extend_from_slice(erase.as_bytes());
                self.line.clear();
            }
            (Escape::No, 0..0x20) => {}
            (Escape::No, byte) => self.letter(byte, out),
        }
    }

    fn letter(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.partial.push(byte);
        match std::str::from_utf8(&self.partial) {
            Ok(letter) => {
                // A line that is never finished must not grow without end.
                if self.line.len() < 4096 {
                    self.line.push_str(letter);
                    out.extend_from_slice(&self.partial);
                }
                self.partial.clear();
            }
            // Not yet whole: the rest comes with the next bytes.
            Err(error) if error.error_len().is_none() && self.partial.len() < 4 => {}
            Err(_) => self.partial.clear(),
        }
    }

    fn run(&mut self, line: &str, out: &mut Vec<u8>) {
        let line = line.strip_prefix("sudo ").unwrap_or(line).trim_start();
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let answer = match command {
            "" => String::new(),
            "help" => "clear, echo, exit, help, hostname, shutdown, stty size, uname, whoami, yes"
                .to_owned(),
            "hostname" => self.host.clone(),
            "whoami" => self.user.clone(),
            "echo" => rest.trim_matches(['"', '\'']).to_owned(),
            "uname" if rest == "-a" => {
                format!("{SYSTEM} {} 6.1.0-simulated x86_64 GNU/Linux", self.host)
            }
            "uname" => SYSTEM.to_owned(),
            "stty" if rest == "size" => format!("{} {}", self.rows, self.columns),
            "clear" => {
                out.extend_from_slice(b"\x1b[H\x1b[2J");
                String::new()
            }
            "yes" => {
                let word = if rest.is_empty() { "y" } else { rest };
                let block = format!("{word}\r\n").repeat((2048 / (word.len() + 2)).max(1));
                self.doing = Doing::Printing(block.into_bytes());
                return;
            }
            "exit" | "logout" => {
                out.extend_from_slice(b"logout\r\n");
                self.doing = Doing::Ended;
                return;
            }
            "shutdown" | "poweroff" => {
                out.extend_from_slice(b"The system will power off now!\r\n");
                self.doing = Doing::ShuttingDown;
                return;
            }
            other => {
                format!("{other}: this machine is simulated and has no such command; try help")
            }
        };
        out.extend_from_slice(answer.as_bytes());
        if !answer.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(self.prompt().as_bytes());
    }

    fn prompt(&self) -> String {
        format!("{}@{}:~$ ", self.user, self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Shell {
        Shell::new("student", "python-001-abcdef", 80, 24)
    }

    fn typed(shell: &mut Shell, text: &str) -> String {
        String::from_utf8(shell.type_in(text.as_bytes())).unwrap()
    }

    #[test]
    fn a_line_is_echoed_edited_and_run() {
        let mut shell = shell();
        assert!(shell.greeting().ends_with(b"student@python-001-abcdef:~$ "));
        assert_eq!(typed(&mut shell, "whoaxx"), "whoaxx");
        assert_eq!(
            typed(&mut shell, "\x7f\x7fmi\x1b[A"),
            "\x08 \x08\x08 \x08mi"
        );
        assert_eq!(
            typed(&mut shell, "\r"),
            "\r\nstudent\r\nstudent@python-001-abcdef:~$ "
        );
        assert!(typed(&mut shell, "vim\r").contains("simulated"));
    }

    #[test]
    fn letters_in_two_halves_are_whole() {
        let mut shell = shell();
        let [first, second] = "é".as_bytes() else {
            panic!("two bytes")
        };
        assert!(shell.type_in(&[*first]).is_empty());
        assert_eq!(shell.type_in(&[*second]), "é".as_bytes());
    }

    #[test]
    fn the_window_has_the_size_it_was_given() {
        let mut shell = shell();
        shell.resize(132, 43);
        assert!(typed(&mut shell, "stty size\r").contains("\r\n43 132\r\n"));
    }

    #[test]
    fn what_prints_without_end_can_be_interrupted() {
        let mut shell = shell();
        typed(&mut shell, "yes\r");
        assert!(matches!(shell.doing(), Doing::Printing(_)));
        assert!(typed(&mut shell, "\x03").starts_with("^C"));
        assert_eq!(*shell.doing(), Doing::Reading);
        typed(&mut shell, "exit\r");
        assert_eq!(*shell.doing(), Doing::Ended);
    }
}
