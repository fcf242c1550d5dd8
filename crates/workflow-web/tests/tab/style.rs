//! The stylesheet: what is read stands out from what is behind it (WCAG 2.2, AA), light and dark.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../assets/tab.css");

/// The custom properties that are colours, of the light scheme and of the dark one.
fn schemes() -> [BTreeMap<String, [f64; 3]>; 2] {
    let (light, dark) = STYLE.split_once("prefers-color-scheme: dark").unwrap();
    let dark = dark.split_once("* {").unwrap().0;
    let colours = |text: &str| {
        let lines = text.lines().filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
            let number = u32::from_str_radix(value.trim_end_matches(';'), 16).ok()?;
            let part = |shift: u32| f64::from(number >> shift & 0xff) / 255.0;
            Some((name.to_owned(), [part(16), part(8), part(0)]))
        });
        lines.collect()
    };
    [colours(light), colours(dark)]
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = |part: f64| match part <= 0.04045 {
        true => part / 12.92,
        false => ((part + 0.055) / 1.055).powf(2.4),
    };
    let [red, green, blue] = colour.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn texts_stand_out_by_4_5_and_borders_of_controls_by_3() {
    let texts = [
        ("ink", "ground"),
        ("ink", "card"),
        ("soft", "ground"),
        ("soft", "card"),
        ("soft", "quiet-soft"),
        ("soft", "accent-soft"),
        ("accent", "card"),
        ("accent", "ground"),
        ("accent", "accent-soft"),
        ("accent-ink", "accent"),
        ("good", "good-soft"),
        ("good", "card"),
        ("bad", "bad-soft"),
        ("bad", "card"),
        ("bad", "ground"),
        ("card", "bad"),
        ("waits", "waits-soft"),
        ("ink", "waits-soft"),
        ("ink", "good-soft"),
        ("ink", "bad-soft"),
    ];
    let borders = [("line-strong", "card"), ("line-strong", "ground")];
    for (scheme, colours) in ["light", "dark"].into_iter().zip(schemes()) {
        for (pairs, least) in [(&texts[..], 4.5), (&borders[..], 3.0)] {
            for (front, back) in pairs {
                let found = contrast(colours[*front], colours[*back]);
                assert!(found >= least, "{front} on {back}, {scheme}: {found:.2}");
            }
        }
    }
}

#[test]
fn the_stylesheet_loads_nothing() {
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}
