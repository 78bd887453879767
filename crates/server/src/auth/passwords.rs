//! Passwords: which are taken, and how they are kept and checked.
//!
//! Invariants
//! - Kept as argon2id with 19 MiB and two passes (OWASP's first choice), in PHC form.
//! - Hashing happens on threads of its own, a few at once: neither the server's threads nor its memory can be used up by it.
//! - A name that nobody has takes as long as a wrong password.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::http::StatusCode;
use tokio::sync::Semaphore;

use crate::answer::Refusal;

/// The fewest characters.
const SHORTEST: usize = 12;
/// The most characters.
const LONGEST: usize = 128;
/// How many are hashed at once.
const AT_ONCE: usize = 2;
/// How many may wait for that.
const WAITING: usize = 32;

/// The commonest passwords of the lists of leaked ones, and the words they are made of. A password is refused when it is one of them,
/// also repeated, or with nothing but digits and signs around it.
const COMMON: &str = "\
    password passwort qwerty qwertyuiop qwertyui qwertz qwertzuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc \
    qweasdzxc qweasd abc abcd abcdef abcdefgh abcdefghijkl aaaaaa iloveyou iloveu ilove monkey dragon sunshine \
    princess football baseball basketball soccer hockey superman batman pokemon starwars trustno letmein letmeinnow \
    welcome welcometo willkommen hello helloworld admin administrator adminadmin root toor user guest master login \
    test testing tester changeme changemenow default secret secretpassword mypassword newpassword thepassword \
    passw0rd p@ssword p@ssw0rd pa$$word pa$$w0rd shadow michael jessica jennifer jordan ashley daniel charlie andrew \
    matthew thomas george robert michelle nicole hunter killer harley ranger buster tigger ginger pepper cookie \
    summer winter spring autumn flower freedom whatever computer internet google samsung mustang ferrari mercedes \
    liverpool chelsea arsenal cheese banana chocolate onefold customer insights correcthorsebatterystaple";

/// Whether a password may be taken; `name` and `title` are those of its account.
pub(super) fn acceptable(password: &str, name: &str, title: &str) -> Result<(), Refusal> {
    let refuse = |detail: &str, hint: &str| {
        Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "Refused", detail).hint(hint))
    };
    let length = password.chars().count();
    if length < SHORTEST {
        return refuse(
            "the password is shorter than 12 characters",
            "take four or five words that do not belong together",
        );
    }
    if length > LONGEST {
        return refuse("the password is longer than 128 characters", "take a shorter one");
    }
    let lower = password.to_lowercase();
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let one_word = |word: &str| {
        let repeated = |text: &str| !text.is_empty() && text.replace(word, "").is_empty();
        !word.is_empty() && (repeated(core) || repeated(&lower))
    };
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 5 || is_run(&lower) || COMMON.split_whitespace().any(one_word) {
        return refuse(
            "the password is one of the first that are tried",
            "take four or five words that do not belong together",
        );
    }
    let own = [
        name.to_lowercase(),
        name.to_lowercase().split('@').next().unwrap_or_default().to_owned(),
        title.to_lowercase(),
    ];
    if own.iter().map(String::as_str).any(|own| one_word(own) || lower == own) {
        return refuse("the password is the account's own name", "take four or five words that do not belong together");
    }
    Ok(())
}

/// `123456789012`, `abcdefghijkl`, `zyxwvutsrqpo`: each character follows the one before.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: Vec<i64> = codes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let kept = |by: i64| steps.iter().filter(|&&step| step == by || step == -9 * by).count() * 10 >= steps.len() * 9;
    kept(1) || kept(-1)
}

/// Hashes and checks passwords.
pub(super) struct Passwords {
    at_once: Semaphore,
    waiting: Semaphore,
    /// What a name that nobody has is checked against.
    nobody: String,
}

impl Passwords {
    /// Makes the hash that is checked for nobody.
    pub(super) fn new() -> Self {
        Self {
            at_once: Semaphore::new(AT_ONCE),
            waiting: Semaphore::new(WAITING),
            nobody: argon2().hash_password(b"nobody has this name").map(|hash| hash.to_string()).unwrap_or_default(),
        }
    }

    /// The hash of a password, in PHC form.
    pub(super) async fn hash(&self, password: String) -> Result<String, Refusal> {
        self.apart(move || argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| failed(&error))
    }

    /// Whether a password is the one kept; without one kept it is wrong, after as long a time.
    pub(super) async fn check(&self, password: String, kept: Option<String>) -> Result<bool, Refusal> {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobody.clone());
        // Longer ones are never kept, and are no reason to hash megabytes.
        let password: String = password.chars().take(LONGEST + 1).collect();
        let right = self
            .apart(move || {
                let kept = PasswordHash::new(&kept)?;
                match argon2().verify_password(password.as_bytes(), &kept) {
                    Ok(()) => Ok(true),
                    Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(error.into()),
                }
            })
            .await?
            .map_err(|error: Box<dyn std::error::Error + Send + Sync>| failed(&*error))?;
        Ok(right && known)
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let busy = || {
            let detail = "too many people sign in at once";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "failed", "Busy", detail).hint("try again in a moment")
        };
        let _waits = self.waiting.try_acquire().map_err(|_| busy())?;
        let _works = self.at_once.acquire().await.map_err(|_| busy())?;
        tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Refusal {
    tracing::error!(%error, "a password could not be hashed");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "Failed", "the password could not be checked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_are_tried_first_are_refused() {
        let refused = [
            "short",
            "elevenchars",
            "password1234",
            "Password!!!2026",
            "passwordpassword",
            "123456789012",
            "qwertyuiop12",
            "aaaaaaaaaaaa",
            "abababababab",
            "abcdefghijklm",
            "987654321098",
            "ann.doe@example.org",
            "annanna12345",
            "Iloveyou2026!",
            "Changeme12345",
            "Ann van der Doe",
            "000000000000",
            "correcthorsebatterystaple",
        ];
        for password in refused {
            let name = if password == "annanna12345" { "annanna" } else { "ann.doe@example.org" };
            assert!(acceptable(password, name, "Ann van der Doe").is_err(), "{password}");
        }
        for password in
            ["lamp river seven otter", "ein Haus am See, grün", "8#fK2!pQ9zLw", "password for the lamp river"]
        {
            assert_eq!(
                acceptable(password, "ann", "Ann Doe").map_err(|refusal| refusal.0.detail),
                Ok(()),
                "{password}"
            );
        }
        assert!(acceptable(&"lamp river ".repeat(12), "ann", "Ann").is_err(), "too long");
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_nobody_has_none() {
        let passwords = Passwords::new();
        let kept = passwords.hash("lamp river seven otter".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(passwords.check("lamp river seven otter".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!passwords.check("lamp river seven otte".to_owned(), Some(kept)).await.unwrap());
        assert!(!passwords.check("nobody has this name".to_owned(), None).await.unwrap());
    }
}
