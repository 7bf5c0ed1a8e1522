//! Chinese names found by how they are said: `zhikan` and `zkgd` both mean 只看改动.
//!
//! The table holds the characters of the names that the palette offers, and some more that such names are likely to need; a
//! test finds those that are missing.

use super::fuzzy::Match;

/// Syllables without tones (`ü` is typed `v`), and the characters that are said so. A character may have several.
const SYLLABLES: &[(&str, &str)] = &[
    ("an", "按"),
    ("bai", "败"),
    ("ban", "板版"),
    ("bao", "保报"),
    ("bei", "被"),
    ("ben", "本"),
    ("beng", "崩"),
    ("bi", "闭比"),
    ("bian", "变编边"),
    ("biao", "表标"),
    ("bing", "并"),
    ("bu", "部不"),
    ("can", "参"),
    ("ce", "测侧策"),
    ("cha", "查"),
    ("chang", "长场"),
    ("che", "撤"),
    ("chen", "称"),
    ("cheng", "程成"),
    ("chi", "尺"),
    ("chong", "重冲"),
    ("chu", "出处除"),
    ("chuang", "创"),
    ("ci", "次此"),
    ("cong", "从"),
    ("cun", "存"),
    ("cuo", "错"),
    ("da", "打大达答"),
    ("dai", "待"),
    ("dan", "单"),
    ("dang", "当"),
    ("dao", "导到"),
    ("de", "的"),
    ("deng", "等登"),
    ("di", "地第"),
    ("diao", "调"),
    ("die", "叠"),
    ("ding", "定"),
    ("dong", "动"),
    ("du", "读度"),
    ("duan", "段"),
    ("dui", "对"),
    ("fa", "发"),
    ("fan", "返"),
    ("fang", "放访"),
    ("fen", "分"),
    ("fu", "复服副"),
    ("gai", "改概"),
    ("gan", "感"),
    ("gao", "高告"),
    ("ge", "个格"),
    ("gen", "跟"),
    ("gong", "共"),
    ("gu", "固"),
    ("guan", "关"),
    ("guo", "过"),
    ("han", "含"),
    ("hang", "行"),
    ("hao", "号"),
    ("he", "合和"),
    ("hou", "后"),
    ("hu", "互"),
    ("hua", "画"),
    ("huan", "环缓换"),
    ("hui", "回恢汇"),
    ("huo", "或"),
    ("ji", "级及计系击辑基"),
    ("jia", "加夹"),
    ("jian", "件简间键减检鉴建"),
    ("jiang", "将"),
    ("jiao", "交较"),
    ("jie", "捷节结解截"),
    ("jin", "近进浸"),
    ("jing", "经景境静径"),
    ("ju", "据局句拒"),
    ("kai", "开"),
    ("kan", "看"),
    ("ke", "可"),
    ("kong", "控"),
    ("kou", "口"),
    ("kuai", "块快"),
    ("kuan", "宽"),
    ("kuang", "况"),
    ("kui", "溃"),
    ("lan", "览栏"),
    ("le", "了"),
    ("lei", "类"),
    ("li", "例立理里"),
    ("lian", "链"),
    ("liang", "量两"),
    ("lie", "列"),
    ("ling", "令另"),
    ("liu", "流"),
    ("lu", "路录"),
    ("lun", "论"),
    ("lv", "滤旅"),
    ("lve", "略"),
    ("ma", "码吗"),
    ("mian", "面"),
    ("min", "敏"),
    ("ming", "名命"),
    ("mo", "模默"),
    ("nan", "南"),
    ("nei", "内"),
    ("ni", "拟"),
    ("pai", "排牌"),
    ("pan", "盘"),
    ("pao", "泡"),
    ("pei", "配"),
    ("pian", "篇"),
    ("ping", "屏"),
    ("qi", "器启起期"),
    ("qian", "前浅签"),
    ("qie", "切"),
    ("qing", "请情"),
    ("qiu", "求"),
    ("qu", "区取"),
    ("quan", "全权"),
    ("ri", "日"),
    ("ru", "入如"),
    ("se", "色"),
    ("shai", "筛"),
    ("shan", "删"),
    ("shang", "上"),
    ("shao", "少"),
    ("she", "设"),
    ("shen", "深"),
    ("sheng", "省升"),
    ("shi", "时示实试事式失始室视"),
    ("shou", "手"),
    ("shu", "数束属输"),
    ("song", "送"),
    ("su", "宿"),
    ("sui", "随"),
    ("suo", "所缩"),
    ("ta", "它"),
    ("tai", "态"),
    ("ti", "体题提"),
    ("tian", "添"),
    ("tiao", "条调"),
    ("ting", "停"),
    ("tong", "统通"),
    ("tou", "头"),
    ("tu", "图"),
    ("tui", "退"),
    ("tuo", "脱"),
    ("wai", "外"),
    ("wei", "为"),
    ("wen", "文问"),
    ("wu", "物五务"),
    ("xi", "息系"),
    ("xia", "下"),
    ("xian", "显线现限"),
    ("xiang", "响享详向"),
    ("xiao", "消小销"),
    ("xie", "写"),
    ("xin", "新信"),
    ("xing", "行性"),
    ("xuan", "选"),
    ("ya", "压"),
    ("yan", "言演"),
    ("ye", "页"),
    ("yi", "一以已移"),
    ("yin", "隐"),
    ("ying", "应"),
    ("yong", "用"),
    ("you", "有由右游"),
    ("yu", "域与语预"),
    ("yuan", "原"),
    ("yun", "运"),
    ("zai", "载在"),
    ("zan", "暂"),
    ("zang", "藏"),
    ("ze", "则"),
    ("zeng", "增"),
    ("zhan", "展"),
    ("zhao", "照"),
    ("zhe", "折"),
    ("zhen", "真"),
    ("zheng", "整"),
    ("zhi", "指置值志制只止直之"),
    ("zhong", "重中终"),
    ("zhu", "主"),
    ("zhuan", "转"),
    ("zhuang", "状"),
    ("zhun", "准"),
    ("zi", "字"),
    ("zong", "踪"),
    ("zu", "组"),
    ("zui", "最"),
    ("zuo", "左做"),
];

/// How much of a syllable has to be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The first letter is enough: for those who type Chinese all day.
    Initials,
    /// Whole syllables, but for the last one: where most of what is typed is English and would mean much by accident.
    Syllables,
}

/// Fewer letters than this mean too much.
const FEWEST: usize = 2;
/// Scores lie below those of a name that holds the letters themselves.
const WHOLE: i32 = 230;
const INITIALS: i32 = 170;

/// Looks for a query, already in lower case, among the neighbouring characters of a name. Letters and digits of the name
/// stand for themselves.
pub fn find(query: &str, name: &str, typed: Typed) -> Option<Match> {
    let letters: Vec<char> = query.chars().filter(|c| !c.is_whitespace() && *c != '\'').collect();
    if letters.len() < FEWEST || !letters.iter().all(char::is_ascii_lowercase) {
        return None;
    }
    let query: String = letters.into_iter().collect();
    let name: Vec<char> = name.chars().collect();
    (0..name.len()).find_map(|from| {
        let mut found = Vec::new();
        let mut steps = 2048;
        let is_begun = said(name[from]).next().is_some();
        let is_found = is_begun && walk(&query, &name, from, typed, &mut found, &mut steps);
        (is_found && found.len() >= FEWEST).then(|| {
            let is_whole = walk(&query, &name, from, Typed::Syllables, &mut Vec::new(), &mut 2048);
            let score = if is_whole { WHOLE } else { INITIALS };
            Match { score: score - i32::try_from(from).unwrap_or(60).min(60), letters: found }
        })
    })
}

/// Takes the letters of `query` for the characters from `at` on. `steps` bounds the search.
fn walk(
    query: &str,
    name: &[char],
    at: usize,
    typed: Typed,
    found: &mut Vec<usize>,
    steps: &mut usize,
) -> bool {
    if query.is_empty() {
        return true;
    }
    *steps = steps.saturating_sub(1);
    let Some(c) = name.get(at).copied().filter(|_| *steps > 0) else { return false };
    let mut take = |letters: usize, steps: &mut usize| {
        found.push(at);
        let is_found = walk(&query[letters..], name, at + 1, typed, found, steps);
        if !is_found {
            found.pop();
        }
        is_found
    };
    if c.is_ascii_alphanumeric() {
        return query.starts_with(c.to_ascii_lowercase()) && take(1, steps);
    }
    let mut is_chinese = false;
    for syllable in said(c) {
        is_chinese = true;
        let same = syllable.bytes().zip(query.bytes()).take_while(|(one, other)| one == other).count();
        let is_enough =
            |letters: usize| typed == Typed::Initials || letters == syllable.len() || letters == query.len();
        // As much as possible first: `xian` is one character sooner than two.
        if (1..=same).rev().any(|letters| is_enough(letters) && take(letters, steps)) {
            return true;
        }
    }
    // A sign or a space between two words is not said.
    !is_chinese && !c.is_alphanumeric() && walk(query, name, at + 1, typed, found, steps)
}

/// The syllables of a character.
fn said(c: char) -> impl Iterator<Item = &'static str> {
    SYLLABLES
        .iter()
        .filter(move |(_, chars)| !c.is_ascii() && chars.contains(c))
        .map(|(syllable, _)| *syllable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::commands::COMMANDS;
    use crate::gui::text::{Language, Text};
    use crate::samples;
    use crate::templates;
    use crate::view::guide::{Page, document};

    fn found(query: &str, name: &str, typed: Typed) -> Option<String> {
        let chars: Vec<char> = name.chars().collect();
        find(query, name, typed).map(|found| found.letters.iter().map(|at| chars[*at]).collect())
    }

    #[test]
    fn each_character_of_a_name_that_the_palette_offers_has_a_syllable() {
        let text = Text::new(Language::SimplifiedChinese);
        let commands = COMMANDS.iter().map(|spec| text.command(&spec.command).into_owned());
        let samples = samples::all().iter().map(|sample| sample.title_zh.clone());
        let pages = Page::ALL.iter().map(|page| document(*page, text.language).title().to_owned());
        let templates = templates::all().iter().map(|template| template.name(text.language).to_owned());
        for name in commands.chain(samples).chain(pages).chain(templates) {
            for c in name.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)) {
                assert!(said(c).next().is_some(), "{c} of {name} is missing in the table");
            }
        }
    }

    #[test]
    fn the_table_is_in_order_and_says_nothing_twice() {
        assert!(SYLLABLES.is_sorted_by(|one, other| one.0 < other.0));
        for (syllable, chars) in SYLLABLES {
            let mut seen = std::collections::HashSet::new();
            assert!(!chars.is_empty() && chars.chars().all(|c| seen.insert(c)), "{syllable}: {chars}");
        }
    }

    #[test]
    fn syllables_and_initials_find_neighbouring_characters() {
        assert_eq!(found("gaidong", "只看改动", Typed::Initials).as_deref(), Some("改动"));
        assert_eq!(found("zkgd", "只看改动", Typed::Initials).as_deref(), Some("只看改动"));
        assert_eq!(found("zhi kan", "只看改动", Typed::Initials).as_deref(), Some("只看"));
        assert_eq!(found("xianshi", "显示流", Typed::Initials).as_deref(), Some("显示"));
        assert_eq!(found("ztqs", "主题：浅色", Typed::Initials).as_deref(), Some("主题浅色"));
        assert_eq!(found("minglinghang", "复制命令行", Typed::Syllables).as_deref(), Some("命令行"));
        assert_eq!(found("yunxing", "运行", Typed::Syllables).as_deref(), Some("运行"));
        assert_eq!(found("jsontuomin", "JSON 脱敏", Typed::Initials), None, "it begins with a character");
        assert_eq!(found("tuomin", "JSON 脱敏", Typed::Syllables).as_deref(), Some("脱敏"));
        assert_eq!(found("zg", "只看改动", Typed::Initials), None, "a character between them is not skipped");
    }

    #[test]
    fn letters_of_english_words_mean_little_by_accident() {
        assert_eq!(found("zkgd", "只看改动", Typed::Syllables), None);
        assert_eq!(
            found("gaido", "只看改动", Typed::Syllables).as_deref(),
            Some("改动"),
            "the last is being typed"
        );
        assert_eq!(found("g", "改动", Typed::Initials), None);
        assert_eq!(found("f7", "放大", Typed::Initials), None);
    }

    #[test]
    fn strange_queries_end_the_search() {
        let name = "使".repeat(10) + &"是时".repeat(500);
        assert_eq!(find(&"shi".repeat(400), &name, Typed::Initials), None);
    }
}
