//! Files that begin as real stacks, and are cut, doubled, shuffled and sprinkled.

use super::Dice;

const FILES: &[&str] = &[
    crate::end_to_end::STACK,
    include_str!("../../stacks/db2-token.yaml"),
    include_str!("../../stacks/dev.yaml"),
    include_str!("../../stacks/email-code.yaml"),
    include_str!("../../stacks/stepup-mfa.yaml"),
    include_str!("../../stacks/secured-api.yaml"),
    include_str!("../../stacks/base/auth-service.yaml"),
];

/// What means something to YAML, to references or to a terminal.
const TOKENS: &[&str] = &[
    "${",
    "}",
    "$${",
    "${var.x}",
    "${user_pool.id}",
    "${stack}",
    "${user_pool.app_clients[\"",
    "\"]",
    "&a ",
    "*a",
    "&a [*a]",
    "<<: ",
    "- ",
    ": ",
    "? ",
    "! ",
    "!!",
    "!!binary ",
    "!!null ",
    "| ",
    ">-\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    "\"",
    "#",
    "%YAML 9.9\n",
    "---\n",
    "...\n",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "  ",
    "null",
    "~",
    "yes",
    "0x1f",
    "0o17",
    ".inf",
    "-.nan",
    "1e999",
    "99999999999999999999999999",
    "-1",
    "18446744073709551616",
    "2026-11-21",
    "15m",
    "999999999999d",
    "\u{feff}",
    "\0",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{2028}",
    "\u{85}",
    "ä",
    "👩‍💻",
    "\u{10ffff}",
    "extends: x\n",
    "existing: x\n",
    "was: x\n",
    "vars: {x: \"${var.x}\"}\n",
];

/// A file.
pub fn file(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = FILES[dice.below(FILES.len())].as_bytes().to_vec();
    // Comments in the middle of a cut are no great find.
    for _ in 0..=dice.below(6) {
        change(&mut bytes, dice);
        // Nothing that doubles grows beyond what is worth the time.
        bytes.truncate(64 * 1024);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    if bytes.is_empty() {
        return bytes.extend_from_slice(TOKENS[dice.below(TOKENS.len())].as_bytes());
    }
    let at = dice.below(bytes.len());
    let end = (at + 1 + dice.below(40)).min(bytes.len());
    match dice.below(11) {
        0 => drop(bytes.drain(at..end)),
        1 => {
            let part = bytes[at..end].to_vec();
            bytes.splice(at..at, part);
        }
        2 => bytes[at] = dice.below(256) as u8,
        3 => bytes[at] ^= 1 << dice.below(8),
        4 | 5 => {
            let token = TOKENS[dice.below(TOKENS.len())];
            bytes.splice(at..at, token.bytes());
        }
        6 => {
            let token = TOKENS[dice.below(TOKENS.len())].repeat(1 + dice.below(300));
            bytes.splice(at..end, token.bytes());
        }
        7 => bytes.truncate(at),
        8 => lines(bytes, dice),
        9 => {
            let other = FILES[dice.below(FILES.len())].as_bytes();
            let from = dice.below(other.len());
            let to = (from + dice.below(400)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        _ => value(bytes, dice),
    }
}

/// Swaps, doubles or indents whole lines.
fn lines(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(4) {
        0 => lines.swap(one, other),
        1 => lines.insert(one, lines[other].clone()),
        2 => drop(lines.remove(one)),
        _ => drop(lines[one].splice(0..0, b"  ".iter().copied())),
    }
    *bytes = lines.join(&b'\n');
}

/// Writes something else as the value of a key.
fn value(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let colons: Vec<usize> =
        bytes.windows(2).enumerate().filter(|(_, w)| w == b": ").map(|(at, _)| at + 2).collect();
    let Some(at) = (!colons.is_empty()).then(|| colons[dice.below(colons.len())]) else { return };
    let end = bytes[at..].iter().position(|b| b"\n,}]".contains(b)).map_or(bytes.len(), |n| at + n);
    let token = TOKENS[dice.below(TOKENS.len())];
    bytes.splice(at..end, token.bytes());
}
