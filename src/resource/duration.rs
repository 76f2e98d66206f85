//! Lengths of time as the stack file writes them.

/// So many seconds in the largest unit that is exact: `30s`, `15m`, `8h`, `30d`.
pub fn duration_text(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let exact = units.iter().find(|(length, _)| seconds != 0 && seconds.is_multiple_of(*length));
    match exact {
        Some((length, unit)) => format!("{}{unit}", seconds / length),
        None => format!("{seconds}s"),
    }
}

/// What [`duration_text`] wrote, in seconds; none for any other text.
pub fn duration_seconds(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_exact_unit_is_taken() {
        let texts: Vec<String> =
            [0, 59, 60, 90, 3_600, 5_400, 86_400, 90_000].map(duration_text).into();
        assert_eq!(texts, ["0s", "59s", "1m", "90s", "1h", "90m", "1d", "25h"]);
        let read: Vec<Option<u64>> = texts.iter().map(|text| duration_seconds(text)).collect();
        assert_eq!(read, [0, 59, 60, 90, 3_600, 5_400, 86_400, 90_000].map(Some));
        assert_eq!(["", "m", "x1m", "5", "5é"].map(duration_seconds), [None; 5]);
    }
}
