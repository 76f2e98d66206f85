//! A comment that fits, whatever the plan's size.

/// How much a comment may take, in bytes.
///
/// GitHub takes 65,536 characters; a byte is at most one. What is left is for what a workflow adds.
pub const LIMIT: usize = 65_536 - 1_536;

/// Parts of one sort, of which as many stand as have room.
pub struct Section {
    /// What stands before them, where there is any.
    pub before: String,
    /// The parts, the most important first.
    pub parts: Vec<String>,
    /// What stands after them.
    pub after: String,
    /// What is said of those that are left out.
    pub left_out: fn(usize) -> String,
}

impl Section {
    /// As much of it as has room; nothing for no parts.
    pub fn within(self, room: usize) -> String {
        let Self { before, parts, after, left_out } = self;
        if parts.is_empty() {
            return String::new();
        }
        let all = parts.len();
        let fixed = before.len() + after.len();
        let total: usize = parts.iter().map(String::len).sum();
        if fixed + total <= room {
            return format!("{before}{}{after}", parts.concat());
        }
        let mut left = room.saturating_sub(fixed + left_out(all).len());
        let mut taken = String::new();
        let mut count = 0;
        for part in parts {
            if part.len() <= left {
                left -= part.len();
                taken += &part;
                count += 1;
            }
        }
        let more = left_out(all - count);
        if count == 0 { more } else { format!("{before}{taken}{more}{after}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(parts: &[&str]) -> Section {
        Section {
            before: "<".to_owned(),
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            after: ">".to_owned(),
            left_out: |count| format!("+{count}"),
        }
    }

    #[test]
    fn what_has_no_room_is_counted() {
        assert_eq!(section(&["aaa", "bbb"]).within(8), "<aaabbb>");
        assert_eq!(section(&["aaa", "bbb"]).within(7), "<aaa+1>");
        assert_eq!(section(&["aaaaaa", "b"]).within(7), "<b+1>");
        assert_eq!(section(&["aaa", "bbb"]).within(4), "+2");
        assert_eq!(section(&[]).within(4), "");
    }
}
