//! The VFS: SQLite's calls carried to the simulated disk.
//!
//! Everything that is unsafe is here. SQLite promises that it calls a file's methods with the
//! file that `xOpen` filled, from one thread at a time, and not after `xClose`; and that the
//! buffers it gives are as long as it says. A panic in here ends the process, since it cannot
//! pass through C.
#![expect(
    unsafe_code,
    reason = "a VFS is a table of C functions: SQLite cannot be given one otherwise"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::sync::atomic::{Ordering, fence};

use rusqlite::ffi;

use crate::disk::{Inode, Names};
use crate::locks::{Busy, Hold, Holder, Level};
use crate::machine::{Shared, State};
use crate::trouble::{Kind, Refusal};

/// A file as SQLite holds it: its own head, then ours.
#[repr(C)]
struct File {
    head: ffi::sqlite3_file,
    handle: *mut Handle,
}

/// An open file.
struct Handle {
    shared: &'static Shared,
    holder: Holder,
    inode: Inode,
    level: Level,
    /// The first sync of a journal or log that was made makes its name durable as well, as
    /// SQLite's own VFS for Unix does it.
    names: Names,
    mapped: bool,
}

/// A piece of shared memory. It stays where it is until the last user has gone.
pub(crate) struct Region {
    words: *mut [u64],
}

// SAFETY: the pointer owns its memory, which SQLite's own protocol of locks and barriers guards.
unsafe impl Send for Region {}

impl Region {
    fn new(bytes: usize) -> Self {
        let words = vec![0; bytes.div_ceil(size_of::<u64>())].into_boxed_slice();
        let words = Box::into_raw(words);
        Self { words }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: it came out of a box in `new`, and nobody maps it any more.
        drop(unsafe { Box::from_raw(self.words) });
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Registers a VFS over `shared`, under its name and for good.
pub(crate) fn register(shared: &'static Shared) {
    let name = CString::new(shared.name.as_str()).expect("a name without a zero");
    let vfs = ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<File>() as c_int,
        mxPathname: 1_024,
        pNext: ptr::null_mut(),
        zName: name.into_raw(),
        pAppData: ptr::from_ref(shared).cast_mut().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: None,
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    };
    // SAFETY: the table and all that it points to live as long as the process.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) };
    assert_eq!(code, ffi::SQLITE_OK, "SQLite takes a further VFS");
}

/// The machine that a VFS belongs to.
///
/// # Safety
///
/// `vfs` is one that [`register`] made.
unsafe fn machine(vfs: *mut ffi::sqlite3_vfs) -> &'static Shared {
    // SAFETY: `register` put a reference there that lives as long as the process.
    unsafe { &*(*vfs).pAppData.cast::<Shared>() }
}

/// The last part of a path: a machine has one folder.
///
/// # Safety
///
/// `path` is a C string that lives through the call.
unsafe fn file_name(path: *const c_char) -> String {
    // SAFETY: as the caller promises.
    let path = unsafe { CStr::from_ptr(path) }.to_string_lossy();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The open file behind SQLite's pointer.
///
/// # Safety
///
/// `file` was filled by [`open`] and not closed, and nobody else uses it meanwhile.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: `open` put a box there, and SQLite uses a file from one thread at a time.
    unsafe { &mut *(*file.cast::<File>()).handle }
}

fn code(outcome: Result<(), Refusal>) -> c_int {
    match outcome {
        Ok(()) => ffi::SQLITE_OK,
        Err(refusal) => match refusal.kind {
            Kind::Full => ffi::SQLITE_FULL,
            Kind::WritesFail => ffi::SQLITE_IOERR_WRITE,
            Kind::SyncsFail | Kind::SyncsLie => ffi::SQLITE_IOERR_FSYNC,
        },
    }
}

fn busy(outcome: Result<(), Busy>) -> c_int {
    match outcome {
        Ok(()) => ffi::SQLITE_OK,
        Err(Busy) => ffi::SQLITE_BUSY,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes, and a path or none.
    unsafe {
        (*file).pMethods = ptr::null();
        let shared = machine(vfs);
        let mut state = shared.state();
        let mut names = Names::Left;
        let inode = if path.is_null() {
            state.disk.scratch()
        } else {
            let name = file_name(path);
            match state.disk.find(&name) {
                Some(inode) => inode,
                None if flags & ffi::SQLITE_OPEN_CREATE == 0 => return ffi::SQLITE_CANTOPEN,
                None => {
                    let journals = ffi::SQLITE_OPEN_MAIN_JOURNAL
                        | ffi::SQLITE_OPEN_SUPER_JOURNAL
                        | ffi::SQLITE_OPEN_WAL;
                    if flags & journals != 0 {
                        names = Names::Synced;
                    }
                    match state.disk.create(&name) {
                        Ok(inode) => inode,
                        Err(_) => return ffi::SQLITE_CANTOPEN,
                    }
                }
            }
        };
        state.open += 1;
        state.last_holder += 1;
        let handle = Handle {
            shared,
            holder: state.last_holder,
            inode,
            level: Level::Unlocked,
            names,
            mapped: false,
        };
        (*file.cast::<File>()).handle = Box::into_raw(Box::new(handle));
        (*file).pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite gives its VFS and a path.
    let (shared, name) = unsafe { (machine(vfs), file_name(path)) };
    let names = match sync_folder {
        0 => Names::Left,
        _ => Names::Synced,
    };
    match shared.state().disk.delete(&name, names) {
        true => ffi::SQLITE_OK,
        false => ffi::SQLITE_IOERR_DELETE_NOENT,
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    found: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives its VFS, a path and a place for the answer.
    unsafe {
        let state = machine(vfs).state();
        let inode = state.disk.find(&file_name(path));
        // As on Unix: to ask whether a file exists is to ask whether it holds anything.
        let asked = flags == ffi::SQLITE_ACCESS_EXISTS;
        let there = inode.is_some_and(|inode| !asked || !state.disk.bytes(inode).is_empty());
        *found = c_int::from(there);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite gives a path and `room` bytes.
    unsafe {
        let bytes = CStr::from_ptr(path).to_bytes_with_nul();
        if bytes.len() > room as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

/// SQLite's own VFS, for what has nothing to do with files.
fn system() -> *mut ffi::sqlite3_vfs {
    // SAFETY: it may be called at any time, and its answer lives as long as the process.
    unsafe { ffi::sqlite3_vfs_find(ptr::null()) }
}

unsafe extern "C" fn randomness(
    _vfs: *mut ffi::sqlite3_vfs,
    bytes: c_int,
    out: *mut c_char,
) -> c_int {
    let system = system();
    // SAFETY: what SQLite gave is passed on.
    unsafe {
        (*system)
            .xRandomness
            .map_or(0, |ask| ask(system, bytes, out))
    }
}

unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    let system = system();
    // SAFETY: what SQLite gave is passed on.
    unsafe { (*system).xSleep.map_or(0, |ask| ask(system, microseconds)) }
}

unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    let system = system();
    // SAFETY: what SQLite gave is passed on.
    unsafe { (*system).xCurrentTime.map_or(1, |ask| ask(system, out)) }
}

unsafe extern "C" fn current_time_int64(
    _vfs: *mut ffi::sqlite3_vfs,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    let system = system();
    // SAFETY: what SQLite gave is passed on.
    unsafe {
        (*system)
            .xCurrentTimeInt64
            .map_or(1, |ask| ask(system, out))
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once, and `open` made the box.
    let mut handle = unsafe { Box::from_raw((*file.cast::<File>()).handle) };
    handle.unmap();
    let mut state = handle.shared.state();
    if let Some(locks) = state.locks.get_mut(&handle.inode) {
        locks.lower(handle.holder, Level::Unlocked);
    }
    state.open -= 1;
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives an open file and room for `amount` bytes.
    let (handle, out) = unsafe {
        let out = std::slice::from_raw_parts_mut(out.cast::<u8>(), amount as usize);
        (handle(file), out)
    };
    let state = handle.shared.state();
    let bytes = state.disk.bytes(handle.inode);
    let from = bytes.get(offset as usize..).unwrap_or_default();
    let length = from.len().min(out.len());
    out[..length].copy_from_slice(&from[..length]);
    if length < out.len() {
        out[length..].fill(0);
        return ffi::SQLITE_IOERR_SHORT_READ;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives an open file and `amount` bytes.
    let (handle, data) = unsafe {
        let data = std::slice::from_raw_parts(data.cast::<u8>(), amount as usize);
        (handle(file), data)
    };
    let mut state = handle.shared.state();
    code(state.disk.write(handle.inode, offset as usize, data))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    let mut state = handle.shared.state();
    code(state.disk.resize(handle.inode, size as usize))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    let synced = handle.shared.state().disk.sync(handle.inode, handle.names);
    if synced.is_ok() {
        handle.names = Names::Left;
        handle.shared.note_sync();
    }
    code(synced)
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives an open file and a place for the answer.
    unsafe {
        let handle = handle(file);
        *size = handle.shared.state().disk.bytes(handle.inode).len() as ffi::sqlite3_int64;
    }
    ffi::SQLITE_OK
}

fn level(number: c_int) -> Level {
    match number {
        ffi::SQLITE_LOCK_NONE => Level::Unlocked,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    let to = level(to);
    if handle.level >= to {
        return ffi::SQLITE_OK;
    }
    let mut state = handle.shared.state();
    let locks = state.locks.entry(handle.inode).or_default();
    let raised = locks.raise(handle.holder, to);
    if raised.is_ok() {
        handle.level = to;
    }
    busy(raised)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    let to = level(to);
    if handle.level > to {
        let mut state = handle.shared.state();
        let locks = state.locks.entry(handle.inode).or_default();
        locks.lower(handle.holder, to);
        handle.level = to;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(
    file: *mut ffi::sqlite3_file,
    reserved: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives an open file and a place for the answer.
    unsafe {
        let handle = handle(file);
        let state = handle.shared.state();
        let locks = state.locks.get(&handle.inode);
        *reserved = c_int::from(locks.is_some_and(|locks| locks.reserved()));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    op: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    if op == ffi::SQLITE_FCNTL_PRAGMA && handle.shared.state().weaken {
        // SAFETY: with this operation the argument is an array of at least three C strings: a
        // place for an answer, the pragma's name, and its value or none. They are SQLite's own
        // copies, which it parses only when this returns.
        unsafe {
            let words = argument.cast::<*mut c_char>();
            let (name, value) = (*words.add(1), *words.add(2));
            let synchronous = CStr::from_ptr(name).to_bytes() == b"synchronous";
            if synchronous && !value.is_null() && CStr::from_ptr(value).to_bytes() == b"FULL" {
                // 1 is NORMAL, and shorter than what it overwrites.
                ptr::copy_nonoverlapping(c"1".as_ptr(), value, 2);
            }
        }
    }
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4_096
}

/// What SQLite's own VFS for Unix promises, and no more.
unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    number: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    let mut state = handle.shared.state();
    let memory = state.shared_memory.entry(handle.inode).or_default();
    if !handle.mapped {
        handle.mapped = true;
        memory.users += 1;
    }
    let (number, size) = (number as usize, size as usize);
    while extend != 0 && memory.regions.len() <= number {
        memory.regions.push(Region::new(size));
    }
    let region = memory.regions.get(number);
    let region = region.map_or(ptr::null_mut(), |region| region.words.cast());
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *out = region };
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    let mut state = handle.shared.state();
    let locks = &mut state.shared_memory.entry(handle.inode).or_default().locks;
    let slots = offset as usize..(offset + count) as usize;
    let hold = match flags & ffi::SQLITE_SHM_SHARED {
        0 => Hold::Exclusive,
        _ => Hold::Shared,
    };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        locks.give(handle.holder, slots, hold);
        return ffi::SQLITE_OK;
    }
    busy(locks.take(handle.holder, slots, hold))
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    unsafe { handle(file) }.unmap();
    ffi::SQLITE_OK
}

impl Handle {
    fn unmap(&mut self) {
        if !std::mem::take(&mut self.mapped) {
            return;
        }
        let mut state = self.shared.state();
        let State { shared_memory, .. } = &mut *state;
        if let Some(memory) = shared_memory.get_mut(&self.inode) {
            memory.locks.give_all(self.holder);
            memory.users -= 1;
            if memory.users == 0 {
                shared_memory.remove(&self.inode);
            }
        }
    }
}
