//! Words of a command line, quoted so that a POSIX shell reads them back as they are.
//!
//! Every command we show can be pasted; a word that needs no quotes gets none.

/// One word.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    // Inside of single quotes nothing is special but the single quote itself.
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Words with one blank between them.
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(quote).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_need_quotes_have_them() {
        let table = [
            ("docker", "docker"),
            ("--filter=label=a.b", "--filter=label=a.b"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
            ("a\nb", "'a\nb'"),
            ("{{.ID}}", "'{{.ID}}'"),
        ];
        for (word, quoted) in table {
            assert_eq!(quote(word), quoted);
        }
        assert_eq!(join(["a", "b c"]), "a 'b c'");
    }
}
