//! Serve: the server as a process: it says where it is, answers, and ends when it is told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::scratch::Scratch;

/// A server that ends with the test.
pub(crate) struct Server {
    child: Child,
    /// Reads on, so that a server with much to say is not kept waiting by a full pipe; gives what it read.
    rest: Option<JoinHandle<String>>,
    pub(crate) address: String,
    pub(crate) greeting: String,
}

impl Server {
    /// Starts one and waits until it says where it is.
    pub(crate) fn start(scratch: &Scratch, words: &[&str]) -> Self {
        Self::start_with(scratch, words, &[])
    }

    /// The same with settings of the environment.
    pub(crate) fn start_with(scratch: &Scratch, words: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::try_start_with(scratch, words, environment).expect("it ended before it said where it is")
    }

    /// The same; `None` when it ends before it says where it is.
    pub(crate) fn try_start_with(scratch: &Scratch, words: &[&str], environment: &[(&str, &str)]) -> Option<Self> {
        let mut command = scratch.command(words);
        command.envs(environment.iter().copied());
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary can be run");
        let mut said = BufReader::new(child.stderr.take().expect("it was piped"));
        let mut greeting = String::new();
        while !greeting.contains("press Ctrl-C") {
            if said.read_line(&mut greeting).expect("text") == 0 {
                let _ = child.wait();
                return None;
            }
        }
        let address = greeting.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.unwrap_or_else(|| panic!("no address: {greeting}")).to_owned();
        let rest = std::thread::spawn(move || {
            let mut rest = String::new();
            said.read_to_string(&mut rest).expect("it says text");
            rest
        });
        Some(Self { child, rest: Some(rest), address, greeting })
    }

    /// What it answers to a plain request: the head and the body.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it takes requests");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers text");
        answer
    }

    /// Tells it to end; gives the exit code and what else it said.
    fn stop(mut self) -> (Option<i32>, String) {
        let told = std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("there is a `kill`").success());
        let rest = self.rest.take().expect("it is stopped once").join().expect("it says text");
        (self.child.wait().expect("a process of ours ends").code(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_says_where_it_is_lets_nobody_in_and_ends_when_told() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    let server = Server::start(&scratch, &["serve"]);
    assert!(server.greeting.contains("Onefold serves `starter`"), "{}", server.greeting);
    assert!(server.greeting.contains("/setup"), "{}", server.greeting);
    assert!(server.get("/api/health/live").starts_with("HTTP/1.1 200"));
    assert!(server.get("/api/projects").starts_with("HTTP/1.1 401"));
    assert!(server.get("/api/projects/starter/home").starts_with("HTTP/1.1 401"));
    assert!(server.get("/api/openapi.json").contains("\"openapi\":\"3.1"));
    let (code, rest) = server.stop();
    assert_eq!((code, rest.ends_with("stopped\n")), (Some(0), true), "{rest}");
}

#[test]
fn several_projects_are_served_unless_they_share_a_name() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init", "a"]).done();
    scratch.onefold(&["init", "b"]).done();
    let clash = scratch.onefold(&["serve", "-C", "a", "-C", "b", "--listen", "127.0.0.1:0"]);
    assert_eq!(clash.code, Some(1), "{clash:?}");
    assert!(clash.err.contains("error: two projects are called `starter`"), "{clash:?}");
    scratch.replace("b/onefold.yaml", "name: starter", "name: second");
    let server = Server::start(&scratch, &["serve", "-C", "a", "--project", "b", "--log-format", "json"]);
    assert!(server.greeting.contains("2 projects"), "{}", server.greeting);
    server.get("/api/projects");
    let (code, rest) = server.stop();
    assert_eq!(code, Some(0), "{rest}");
    let line = rest.lines().find(|line| line.contains("\"status\"")).unwrap_or_else(|| panic!("no line: {rest}"));
    let line: serde_json::Value = serde_json::from_str(line).expect("a line of the log is JSON");
    assert_eq!((&line["level"], &line["status"]), (&"info".into(), &401.into()), "{line}");
    let none = Scratch::empty().onefold(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("it has no `onefold.yaml`") && none.err.contains("hint: "), "{none:?}");
}

#[test]
fn the_demo_ends_with_the_server_up() {
    let scratch = Scratch::empty();
    let server = Server::start(&scratch, &["demo", "clinic", "--patients", "50", "--now", "2026-06-01T12:00:00Z"]);
    assert!(server.get("/api/health/ready").starts_with("HTTP/1.1 200"), "{}", server.greeting);
    let (code, rest) = server.stop();
    assert_eq!(code, Some(0), "{rest}");
}
