//! What the database holds after each unit, made by carrying the same units out one by one on a
//! machine that nothing happens to.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{Store as _, Unit};

use crate::machine::Machine;
use crate::story::{Failed, Place, block_on};
use crate::units::{check_unit, checked};

/// How many units an image's check may find of its own: one for each cut before it.
const CHECKS: usize = 4;

/// The states that each practice's rows may be in: each with how many units make it.
#[derive(Debug, Default)]
pub struct States {
    tables: Vec<String>,
    of: BTreeMap<PracticeId, HashMap<u64, usize>>,
}

impl States {
    /// Carries out each practice's units in their order, and notes what is there after each.
    ///
    /// # Errors
    ///
    /// [`Failed`] where a unit is refused, or two units leave the same rows.
    pub fn after(
        machine: &Machine,
        place: &Place,
        units: &BTreeMap<PracticeId, Vec<Unit>>,
    ) -> Result<Self, Failed> {
        machine.boot(BTreeMap::new());
        let checks = (0..CHECKS).map(check_unit).collect();
        let mut all = units.clone();
        all.insert(checked(), checks);
        let store = block_on(place.options(machine).inline().open(place.path()))?;
        let raw = raw(machine)?;
        let mut states = Self {
            tables: tables(&raw)?,
            of: BTreeMap::new(),
        };
        for (practice, units) in &all {
            let mut after = HashMap::from([(states.fingerprint(&raw, practice)?, 0)]);
            for (number, unit) in units.iter().enumerate() {
                // Fences say who wrote, and are not part of what is written.
                let fence = None;
                let unit = Unit {
                    fence,
                    ..unit.clone()
                };
                block_on(store.commit(practice, unit))?;
                let print = states.fingerprint(&raw, practice)?;
                if after.insert(print, number + 1).is_some() {
                    return Err(Failed::new("two units leave the same rows"));
                }
            }
            states.of.insert(practice.clone(), after);
        }
        Ok(states)
    }

    pub(crate) fn practices(&self) -> impl Iterator<Item = &PracticeId> {
        self.of.keys()
    }

    /// How many units make what is there of a practice; `None` where no number of them does.
    pub(crate) fn find(
        &self,
        raw: &Connection,
        practice: &PracticeId,
    ) -> Result<Option<usize>, rusqlite::Error> {
        let print = self.fingerprint(raw, practice)?;
        let after = self.of.get(practice);
        Ok(after.and_then(|after| after.get(&print)).copied())
    }

    /// A fingerprint of all rows of a practice, whatever their order.
    fn fingerprint(&self, raw: &Connection, practice: &PracticeId) -> Result<u64, rusqlite::Error> {
        let mut print = 0_u64;
        for (number, table) in self.tables.iter().enumerate() {
            let mut statement = raw.prepare_cached(table)?;
            let columns = statement.column_count();
            let mut rows = statement.query([practice.as_str()])?;
            while let Some(row) = rows.next()? {
                let mut hasher = DefaultHasher::new();
                number.hash(&mut hasher);
                for column in 0..columns {
                    match row.get_ref(column)? {
                        ValueRef::Null => 0_u8.hash(&mut hasher),
                        ValueRef::Integer(value) => value.hash(&mut hasher),
                        ValueRef::Real(value) => value.to_bits().hash(&mut hasher),
                        ValueRef::Text(value) | ValueRef::Blob(value) => value.hash(&mut hasher),
                    }
                }
                print = print.wrapping_add(hasher.finish());
            }
        }
        Ok(print)
    }
}

/// A connection beside the store's, to look at the file itself.
pub(crate) fn raw(machine: &Machine) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags_and_vfs(crate::DATABASE, flags, machine.vfs())
}

/// A query for each table that holds rows of practices and is written by units.
///
/// Leases and connections are written by other means and looked at by themselves. The head of a
/// chain without entries is made by whoever comes first.
fn tables(raw: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = raw.prepare(
        "SELECT DISTINCT s.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c \
         WHERE s.type = 'table' AND c.name = 'practice' \
         AND s.name NOT IN ('leases', 'connections') ORDER BY s.name",
    )?;
    let query = |row: &rusqlite::Row<'_>| {
        let name: String = row.get(0)?;
        let more = if name == "chains" { " AND seq > 0" } else { "" };
        Ok(format!("SELECT * FROM {name} WHERE practice = ?1{more}"))
    };
    statement.query_map([], query)?.collect()
}
