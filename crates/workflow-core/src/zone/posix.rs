//! The footer of a zone file: a POSIX TZ string such as `NZST-12NZDT,M9.5.0,M4.1.0/3`.

/// What holds after the last listed change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Footer {
    standard: i32,
    seasons: Option<Seasons>,
}

/// Two changes in every year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seasons {
    standard: i32,
    summer: i32,
    starts: Change,
    ends: Change,
}

/// A day of the year, and the seconds after its midnight (which may lie on another day).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    day: Day,
    seconds: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Day {
    /// `Jn`: 1 to 365, 29 February never counted.
    Julian(u16),
    /// `n`: 0 to 365, 29 February counted.
    Ordinal(u16),
    /// `Mm.w.d`: the `week`-th `weekday` (0 is Sunday) of the month, 5 being the last.
    InMonth { month: u8, week: u8, weekday: u8 },
}

impl Footer {
    /// Reads the text between the two line feeds at the end of the file.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = Reader(text.as_bytes());
        rest.name()?;
        let standard = -rest.time(24)?;
        if rest.0.is_empty() {
            return Some(Self {
                standard,
                seasons: None,
            });
        }
        rest.name()?;
        let summer = if rest.0.first() == Some(&b',') {
            standard + 3600
        } else {
            -rest.time(24)?
        };
        rest.literal(b',')?;
        let starts = rest.change()?;
        rest.literal(b',')?;
        let ends = rest.change()?;
        rest.0.is_empty().then_some(Self {
            standard,
            seasons: Some(Seasons {
                standard,
                summer,
                starts,
                ends,
            }),
        })
    }

    /// Seconds east of Greenwich outside summer.
    pub(super) fn standard(&self) -> i32 {
        self.standard
    }

    /// The changes within a year, if there are any.
    pub(super) fn seasons(&self) -> Option<&Seasons> {
        self.seasons.as_ref()
    }
}

impl Seasons {
    /// The two changes of the year in ascending order: Unix seconds and the offset from then on.
    pub(super) fn changes_in(&self, year: i32) -> [(i64, i32); 2] {
        let starts = self.starts.local_in(year) - i64::from(self.standard);
        let ends = self.ends.local_in(year) - i64::from(self.summer);
        let mut changes = [(starts, self.summer), (ends, self.standard)];
        changes.sort_by_key(|(at, _)| *at);
        changes
    }
}

impl Change {
    fn local_in(&self, year: i32) -> i64 {
        let start = days_before_year(year);
        let days = match self.day {
            Day::Ordinal(day) => i64::from(day),
            Day::Julian(day) => i64::from(day) - 1 + i64::from(day >= 60 && is_leap(year)),
            Day::InMonth {
                month,
                week,
                weekday,
            } => {
                let first = days_before_month(year, month);
                // 1 January 1970 was a Thursday (4, where Sunday is 0).
                let first_weekday = (start + first + 4).rem_euclid(7);
                let mut day = (i64::from(weekday) - first_weekday).rem_euclid(7);
                day += 7 * (i64::from(week) - 1);
                if day >= days_before_month(year, month + 1) - first {
                    day -= 7;
                }
                first + day
            }
        };
        (start + days) * 86_400 + i64::from(self.seconds)
    }
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1 January 1970 to 1 January of the year.
pub(super) fn days_before_year(year: i32) -> i64 {
    let before = i64::from(year) - 1;
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 719_162
}

/// Days from 1 January to the first of the month; month 13 is the year's length.
fn days_before_month(year: i32, month: u8) -> i64 {
    const DAYS: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    DAYS[usize::from(month - 1)] + i64::from(month > 2 && is_leap(year))
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn literal(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// An abbreviation: letters, or anything between `<` and `>`.
    fn name(&mut self) -> Option<()> {
        let length = if self.0.first() == Some(&b'<') {
            1 + self.0.iter().position(|b| *b == b'>')?
        } else {
            let end = self.0.iter().position(|b| !b.is_ascii_alphabetic());
            end.unwrap_or(self.0.len())
        };
        self.0 = &self.0[length..];
        (length >= 3).then_some(())
    }

    fn number(&mut self, most: i32) -> Option<i32> {
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=3).contains(&digits) {
            return None;
        }
        let number = self.0[..digits]
            .iter()
            .fold(0, |sum, b| sum * 10 + i32::from(b - b'0'));
        self.0 = &self.0[digits..];
        (number <= most).then_some(number)
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self, most_hours: i32) -> Option<i32> {
        let sign = match self.0.first()? {
            b'-' => -1,
            b'+' => 1,
            _ => 0,
        };
        if sign != 0 {
            self.0 = &self.0[1..];
        }
        let mut seconds = self.number(most_hours)? * 3600;
        if self.literal(b':').is_some() {
            seconds += self.number(59)? * 60;
            if self.literal(b':').is_some() {
                seconds += self.number(59)?;
            }
        }
        Some(if sign < 0 { -seconds } else { seconds })
    }

    fn change(&mut self) -> Option<Change> {
        let day = if self.literal(b'J').is_some() {
            let day = self.number(365)?;
            (day >= 1).then_some(Day::Julian(day as u16))?
        } else if self.literal(b'M').is_some() {
            let month = self.number(12)? as u8;
            self.literal(b'.')?;
            let week = self.number(5)? as u8;
            self.literal(b'.')?;
            let weekday = self.number(6)? as u8;
            (month >= 1 && week >= 1).then_some(Day::InMonth {
                month,
                week,
                weekday,
            })?
        } else {
            Day::Ordinal(self.number(365)? as u16)
        };
        let seconds = if self.literal(b'/').is_some() {
            // RFC 9636 lets hours run from -167 to 167.
            self.time(167)?
        } else {
            2 * 3600
        };
        Some(Change { day, seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers_of_every_form_are_read() {
        for text in [
            "UTC0",
            "NZST-12NZDT,M9.5.0,M4.1.0/3",
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "EET-2EEST,M4.5.5/0,M10.5.4/24",
            "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
            "IST-1GMT0,M10.5.0,M3.5.0/1",
            "XXX3EDT4,0/0,J365/23",
        ] {
            assert!(Footer::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "NZ",
            "NZST",
            "NZST-99",
            "NZST-12NZDT",
            "NZST-12NZDT,M13.5.0,M4.1.0",
            "NZST-12NZDT,M0.5.0,M4.1.0",
            "NZST-12NZDT,M9.5.0",
            "<+10",
            "UTC0é",
            "A+1",
            "NZST-12NZDT,M9.5.0,M4.1.0/3x",
            "NZST-12NZDT,J0,J1",
            "NZST-12NZDT,M9.5.0/999,M4.1.0",
        ] {
            assert_eq!(Footer::parse(text), None, "{text}");
        }
    }

    #[test]
    fn years_begin_where_chrono_says() {
        for year in [1, 1900, 1970, 1999, 2000, 2001, 2026, 2100, 2400, 9999] {
            let first = chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
            assert_eq!(days_before_year(year), (first - epoch).num_days(), "{year}");
        }
    }
}
