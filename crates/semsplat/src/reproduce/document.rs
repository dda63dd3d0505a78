//! One text, written as Markdown and as HTML.

use std::fmt::Write;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading; 1 is the title.
    Heading(u8, String),
    /// A paragraph.
    Text(String),
    /// Points.
    List(Vec<String>),
    /// A head, and rows of as many cells. Columns but the first `text_columns` are numbers.
    Table {
        /// Names of the columns.
        head: Vec<String>,
        /// Rows.
        rows: Vec<Vec<String>>,
        /// Columns from the left that are text.
        text_columns: usize,
    },
    /// A picture by its path, relative to the text's folder, and what it shows.
    Picture(String, String),
}

/// A text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Its pieces in order.
    pub blocks: Vec<Block>,
}

impl Document {
    /// Adds a piece.
    pub fn add(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            let _ = match block {
                Block::Heading(level, text) => writeln!(out, "{} {}\n", "#".repeat(*level as usize), plain(text)),
                Block::Text(text) => writeln!(out, "{}\n", plain(text)),
                Block::List(items) => {
                    let items: String = items.iter().map(|i| format!("* {}\n", plain(i))).collect();
                    writeln!(out, "{items}")
                }
                Block::Table { head, rows, text_columns } => {
                    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
                    let cells = |row: &Vec<String>| line(&row.iter().map(|c| plain(c)).collect::<Vec<_>>());
                    let rule: Vec<String> =
                        (0..head.len()).map(|i| if i < *text_columns { "---" } else { "---:" }.to_owned()).collect();
                    let body: String = rows.iter().map(cells).collect();
                    writeln!(out, "{}{}{body}", cells(head), line(&rule))
                }
                Block::Picture(path, text) => writeln!(out, "![{}]({})\n\n{}\n", plain(text), link(path), plain(text)),
            };
        }
        out
    }

    /// As one HTML page without scripts.
    pub fn html(&self) -> String {
        let title = self.blocks.iter().find_map(|b| match b {
            Block::Heading(1, text) => Some(escaped(text)),
            _ => None,
        });
        let title = title.unwrap_or_default();
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n"
        );
        for block in &self.blocks {
            let _ = match block {
                Block::Heading(level, text) => writeln!(out, "<h{level}>{}</h{level}>", escaped(text)),
                Block::Text(text) => writeln!(out, "<p>{}</p>", escaped(text)),
                Block::List(items) => {
                    let items: String = items.iter().map(|i| format!("<li>{}</li>\n", escaped(i))).collect();
                    writeln!(out, "<ul>\n{items}</ul>")
                }
                Block::Table { head, rows, text_columns } => {
                    let row = |cells: &Vec<String>, tag: &str| {
                        let cell = |(i, cell): (usize, &String)| {
                            let class = if i < *text_columns { "" } else { " class=\"number\"" };
                            format!("<{tag}{class}>{}</{tag}>", escaped(cell))
                        };
                        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
                    };
                    let body: String = rows.iter().map(|r| row(r, "td")).collect();
                    writeln!(out, "<table>\n<thead>{}</thead>\n<tbody>\n{body}</tbody>\n</table>", row(head, "th"))
                }
                Block::Picture(path, text) => {
                    let (path, text) = (escaped(&link(path)), escaped(text));
                    writeln!(out, "<figure><img src=\"{path}\" alt=\"{text}\"><figcaption>{text}</figcaption></figure>")
                }
            };
        }
        out.push_str("</html>\n");
        out
    }
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;margin:1rem 0;font-size:.92rem}th,td{border-bottom:1px solid #ddd;padding:.25rem .7rem;\
text-align:left}.number{text-align:right;font-variant-numeric:tabular-nums}figure{margin:1.5rem 0}img{max-width:100%}\
figcaption{color:#555;font-size:.92rem}";

/// Text that Markdown does not take for its own marks.
fn plain(text: &str) -> String {
    let special = |c: char| "|*_`[]<>#\\".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([if c == '\n' { ' ' } else { c }])).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A relative path as a link target.
fn link(path: &str) -> String {
    path.replace('\\', "/").replace('%', "%25").replace(' ', "%20").replace('(', "%28").replace(')', "%29")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same_and_nothing_breaks_out() {
        let mut document = Document::default();
        document.add(Block::Heading(1, "A <b> & c".into()));
        document.add(Block::Table {
            head: vec!["scene".into(), "dB".into()],
            rows: vec![vec!["a_b|c".into(), "1.5".into()]],
            text_columns: 1,
        });
        document.add(Block::Picture("a b.png".into(), "what \"it\" shows".into()));
        let (markdown, html) = (document.markdown(), document.html());
        assert!(markdown.starts_with("# A \\<b\\> & c\n"), "{markdown}");
        assert!(markdown.contains("| scene | dB |\n| --- | ---: |\n| a\\_b\\|c | 1.5 |"), "{markdown}");
        assert!(markdown.contains("(a%20b.png)"));
        assert!(html.contains("<title>A &lt;b&gt; &amp; c</title>") && html.contains("<td>a_b|c</td>"), "{html}");
        assert!(html.contains("<td class=\"number\">1.5</td>") && html.contains("alt=\"what &quot;it&quot; shows\""));
    }
}
