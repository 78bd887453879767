import { ApiProblem } from "../../api/client";

/** Why a sign-in at an OpenID provider did not work: the words `/signin?problem=` may hold, and what they mean. */
const WORDS: Record<string, string> = {
  "openid-refused": "The sign-in provider did not confirm who you are. Try again.",
  "openid-expired": "This sign-in took too long, was used before or was begun in another browser. Try again.",
  "openid-unreachable": "The sign-in provider does not answer. Try again later, or sign in with a password.",
  "openid-no-role": "You are known to the sign-in provider, but nothing there gives you a role in Onefold. Ask an administrator.",
  "openid-disabled": "Your account is disabled. Ask an administrator.",
  "openid-no-owner": "Onefold has no owner yet. Open the set-up link that the server printed when it started.",
};

/** What to tell somebody who was sent back; addresses cannot make the page say anything else. */
export function signInProblem(word: string | null): ApiProblem | null {
  if (!word) return null;
  return new ApiProblem({ title: "You are not signed in", detail: WORDS[word] ?? "The sign-in did not work. Try again." });
}
