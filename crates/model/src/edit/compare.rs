//! Compare: two texts line by line.
//!
//! Invariants
//! - The fewest lines are taken out and put in; texts that differ in too much are said to differ altogether.

/// The lines around a change that are shown with it.
const AROUND: usize = 3;
/// The most pairs of lines that are compared.
const MOST: usize = 4_000_000;

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `+`, `-`, or a blank for one that stays.
    pub sign: char,
    /// Its number, from 1: in the new text, or in the old one for `-`; none where lines are left out.
    pub number: Option<usize>,
    /// Its text, without its end; `…` where lines are left out.
    pub text: String,
}

/// How a text differs from an older one, with three lines around each change; nothing for equal texts.
pub fn diff(old: &str, new: &str) -> Vec<Line> {
    let all = whole(&old.split_inclusive('\n').collect::<Vec<_>>(), &new.split_inclusive('\n').collect::<Vec<_>>());
    let near = |i: usize| {
        let around = i.saturating_sub(AROUND)..(i + AROUND + 1).min(all.len());
        all[around].iter().any(|line| line.sign != ' ')
    };
    let shown: Vec<bool> = (0..all.len()).map(near).collect();
    let mut lines = Vec::new();
    for (i, line) in all.iter().enumerate() {
        if shown[i] {
            lines.push(line.clone());
        } else if i > 0 && shown[i - 1] && shown[i..].contains(&true) {
            lines.push(Line { sign: ' ', number: None, text: "…".to_owned() });
        }
    }
    lines
}

fn whole(old: &[&str], new: &[&str]) -> Vec<Line> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let behind = old[before..].iter().rev().zip(new[before..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[before..old.len() - behind], &new[before..new.len() - behind]);
    let line = |sign: char, number: usize, text: &str| Line {
        sign,
        number: Some(number + 1),
        text: text.trim_end_matches(['\r', '\n']).to_owned(),
    };
    let mut lines: Vec<Line> = (0..before).map(|i| line(' ', i, new[i])).collect();
    // The length of the longest common part behind each pair; all zero where there are too many.
    let width = b.len() + 1;
    let counted = a.len() * b.len() <= MOST;
    let mut common = vec![0_u32; if counted { (a.len() + 1) * width } else { 0 }];
    if counted {
        for i in (0..a.len()).rev() {
            for j in (0..b.len()).rev() {
                common[i * width + j] = match a[i] == b[j] {
                    true => common[(i + 1) * width + j + 1] + 1,
                    false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
                };
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if counted && i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push(line(' ', before + j, b[j]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || !counted || common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            lines.push(line('-', before + i, a[i]));
            i += 1;
        } else {
            lines.push(line('+', before + j, b[j]));
            j += 1;
        }
    }
    lines.extend((new.len() - behind..new.len()).map(|i| line(' ', i, new[i])));
    lines
}
