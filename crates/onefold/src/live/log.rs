//! Log: what was accepted, on disk before anybody is told so.
//!
//! ```text
//! <lake>/_live/log/<n>.log     frames: length (4 bytes), CRC-32 of the bytes (4 bytes), the bytes; little endian
//! <lake>/_live/log/<n>.cut     what stood behind the last whole frame, put aside when the log was opened
//! ```
//!
//! Flow     frames of many requests ─ one thread ─ one write, one sync ─ all of them are answered
//!
//! Invariants
//! - A frame is answered only after it is synced; frames lie in the order in which they were handed over.
//! - What a crash left half written is cut off when the log is opened: nobody was told that it was taken.
//! - A log is removed as a whole, once what it holds is in a table.
//!
//! Not here: what frames hold (`live`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use tokio::sync::oneshot;

/// Frames that are written at once, in bytes.
const TOGETHER: usize = 8 << 20;
/// The longest frame that is believed.
const LONGEST: usize = 1 << 30;

/// What the writing thread is told.
enum Order {
    /// Write a frame; empty ones only wait for those before.
    Frame(Vec<u8>, oneshot::Sender<Result<(), String>>),
    /// End this log and begin the next; answers with the number of the one that ended.
    Turn(oneshot::Sender<Result<u64, String>>),
}

/// The log that is written to.
pub(super) struct Log {
    folder: PathBuf,
    orders: mpsc::Sender<Order>,
}

/// What a log held when it was opened.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The frames of all logs, in order.
    pub(super) frames: Vec<Vec<u8>>,
    /// The number of the newest log that was there.
    pub(super) newest: u64,
    /// Bytes that were cut off.
    pub(super) cut: u64,
}

/// Waits until something is on disk.
pub(super) type Pending<T> = oneshot::Receiver<Result<T, String>>;

impl Log {
    /// Opens the logs in a folder: gives what they hold, and begins a new one.
    ///
    /// # Errors
    /// A folder that cannot be read or written, or a log with a broken frame that is not the last of all.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Found)> {
        fs::create_dir_all(folder)?;
        let mut found = Found::default();
        let numbers = numbers(folder)?;
        for (at, &number) in numbers.iter().enumerate() {
            let path = path_of(folder, number);
            let bytes = fs::read(&path)?;
            let whole = frames(&bytes, &mut found.frames);
            found.newest = number;
            if whole == bytes.len() {
                continue;
            }
            if at + 1 < numbers.len() {
                let why = format!("`{}` is damaged at byte {whole}, and newer logs follow it", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            found.cut = (bytes.len() - whole) as u64;
            fs::write(path.with_extension("cut"), &bytes[whole..])?;
            let file = OpenOptions::new().write(true).open(&path)?;
            file.set_len(whole as u64)?;
            file.sync_all()?;
        }
        let (orders, taken) = mpsc::channel();
        let writer = Writer { folder: folder.to_owned(), number: found.newest + 1, file: None, broken: None };
        std::thread::Builder::new().name("live-log".to_owned()).spawn(move || writer.work(&taken))?;
        Ok((Self { folder: folder.to_owned(), orders }, found))
    }
    /// Hands a frame over; what comes back tells when it is on disk.
    pub(super) fn add(&self, frame: Vec<u8>) -> Pending<()> {
        let (answer, pending) = oneshot::channel();
        // A thread that is gone answers nobody, which is an error to whoever waits.
        _ = self.orders.send(Order::Frame(frame, answer));
        pending
    }
    /// Ends the log after all frames that were handed over, and begins the next; gives the number of the one that ended.
    pub(super) fn turn(&self) -> Pending<u64> {
        let (answer, pending) = oneshot::channel();
        _ = self.orders.send(Order::Turn(answer));
        pending
    }
    /// Removes logs up to a number: what they held is in tables.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub(super) fn remove(&self, up_to: u64) -> io::Result<()> {
        for number in numbers(&self.folder)?.into_iter().filter(|&number| number <= up_to) {
            fs::remove_file(path_of(&self.folder, number))?;
        }
        sync_folder(&self.folder)
    }
}

/// The thread that writes.
struct Writer {
    folder: PathBuf,
    number: u64,
    file: Option<File>,
    /// Why nothing is written any more: after a failed write nobody knows what is on disk.
    broken: Option<String>,
}

impl Writer {
    fn work(mut self, orders: &mpsc::Receiver<Order>) {
        let mut next = None;
        while let Some(order) = next.take().or_else(|| orders.recv().ok()) {
            match order {
                Order::Turn(answer) => {
                    let ended = self.number;
                    self.number += 1;
                    self.file = None;
                    _ = answer.send(self.broken.clone().map_or(Ok(ended), Err));
                }
                Order::Frame(frame, answer) => {
                    let mut bytes = framed(&frame);
                    let mut waiting = vec![answer];
                    // Whoever came meanwhile is written with it: one sync for all.
                    while bytes.len() < TOGETHER {
                        match orders.try_recv() {
                            Ok(Order::Frame(frame, answer)) => {
                                bytes.extend(framed(&frame));
                                waiting.push(answer);
                            }
                            Ok(turn @ Order::Turn(_)) => {
                                next = Some(turn);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    let written = self.write(&bytes);
                    waiting.into_iter().for_each(|answer| _ = answer.send(written.clone()));
                }
            }
        }
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let written = self.try_write(bytes).map_err(|error| format!("the log cannot be written: {error}"));
        if let Err(why) = &written {
            self.broken = Some(why.clone());
        }
        written
    }
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let path = path_of(&self.folder, self.number);
                let file = OpenOptions::new().append(true).create_new(true).open(path)?;
                sync_folder(&self.folder)?;
                none.insert(file)
            }
        };
        file.write_all(bytes)?;
        file.sync_data()
    }
}

/// Takes frames off bytes; gives how many bytes are whole frames.
fn frames(bytes: &[u8], into: &mut Vec<Vec<u8>>) -> usize {
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 8) {
        let word = |from: usize| u32::from_le_bytes([head[from], head[from + 1], head[from + 2], head[from + 3]]);
        let length = word(0) as usize;
        let Some(frame) = bytes.get(at + 8..at + 8 + length).filter(|_| length > 0 && length < LONGEST) else { break };
        if crc32(frame) != word(4) {
            break;
        }
        into.push(frame.to_vec());
        at += 8 + length;
    }
    at
}

/// A frame as it stands in a log; nothing for an empty one.
fn framed(frame: &[u8]) -> Vec<u8> {
    if frame.is_empty() {
        return Vec::new();
    }
    let mut bytes = Vec::with_capacity(frame.len() + 8);
    bytes.extend((frame.len() as u32).to_le_bytes());
    bytes.extend(crc32(frame).to_le_bytes());
    bytes.extend(frame);
    bytes
}

/// CRC-32 as in IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.log"))
}

/// The numbers of the logs in a folder, ascending.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.strip_suffix(".log")?.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { File::open(folder)?.sync_all() }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn add(log: &Log, frame: &str) {
        log.add(frame.as_bytes().to_vec()).await.expect("the thread answers").expect("it is written");
    }

    fn texts(found: &Found) -> Vec<&str> {
        found.frames.iter().map(|frame| std::str::from_utf8(frame).expect("text")).collect()
    }

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[tokio::test]
    async fn what_was_answered_is_found_and_what_is_torn_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let (log, found) = Log::open(folder.path()).unwrap();
        assert!(found.frames.is_empty());
        add(&log, "one").await;
        let ended = log.turn().await.unwrap().unwrap();
        let many: Vec<_> = (0..100).map(|n| log.add(format!("n{n}").into_bytes())).collect();
        for one in many {
            one.await.unwrap().unwrap();
        }
        log.add(Vec::new()).await.unwrap().unwrap();
        drop(log);
        let (log, found) = Log::open(folder.path()).unwrap();
        assert_eq!((found.frames.len(), found.cut, texts(&found)[0], texts(&found)[100]), (101, 0, "one", "n99"));
        // Every way in which a last frame can be torn leaves those before it whole.
        add(&log, "last").await;
        drop(log);
        let newest = numbers(folder.path()).unwrap().pop().unwrap();
        let path = path_of(folder.path(), newest);
        let whole = fs::read(&path).unwrap();
        for bytes in 0..whole.len() {
            fs::write(&path, &whole[..bytes]).unwrap();
            let (_, found) = Log::open(folder.path()).unwrap();
            assert_eq!((found.frames.len(), found.cut), (101, bytes as u64), "{bytes}");
        }
        let mut wrong = whole.clone();
        wrong[9] ^= 1;
        fs::write(&path, &wrong).unwrap();
        let (log, found) = Log::open(folder.path()).unwrap();
        assert_eq!((found.frames.len(), found.cut), (101, whole.len() as u64));
        assert_eq!(fs::read(path.with_extension("cut")).unwrap(), wrong);
        log.remove(ended).unwrap();
        let (_, found) = Log::open(folder.path()).unwrap();
        assert_eq!(found.frames.len(), 100, "the first log is gone");
    }

    #[tokio::test]
    async fn a_broken_frame_before_newer_logs_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (log, _) = Log::open(folder.path()).unwrap();
        add(&log, "one").await;
        log.turn().await.unwrap().unwrap();
        add(&log, "two").await;
        drop(log);
        fs::write(path_of(folder.path(), 1), b"xx").unwrap();
        assert!(Log::open(folder.path()).is_err());
    }
}
