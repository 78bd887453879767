// PasswordField: a password that can be shown, and the rules, told beforehand.
import { Button, Field, Input } from "@fluentui/react-components";
import { EyeOffRegular, EyeRegular } from "@fluentui/react-icons";
import { useState } from "react";

/** The fewest characters of a password, as the server wants it. */
export const PASSWORD_LEAST = 12;
/** The rule in words. */
export const PASSWORD_RULE = `At least ${PASSWORD_LEAST} characters: a sentence, or what a password manager makes. Not your name, and none of the common ones.`;

/** What is wrong with a new password; null when nothing is. The server decides in the end. */
export function passwordTrouble(password: string, name?: string): string | null {
  const length = [...password].length;
  if (length < PASSWORD_LEAST) return `${PASSWORD_LEAST - length} more character${PASSWORD_LEAST - length === 1 ? "" : "s"} needed.`;
  if (name && name.length > 2 && password.toLowerCase().includes(name.toLowerCase())) return "It holds your name. Choose another.";
  return null;
}

/** A password. */
export function PasswordField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  hint?: string;
  trouble?: string | null;
}) {
  const [shown, setShown] = useState(false);
  return (
    <Field label={props.label} required hint={props.hint} validationState={props.trouble ? "error" : "none"} validationMessage={props.trouble ?? undefined}>
      <Input
        type={shown ? "text" : "password"}
        value={props.value}
        onChange={(_, data) => props.onChange(data.value)}
        autoComplete={props.autoComplete}
        spellCheck={false}
        contentAfter={
          <Button
            appearance="transparent"
            size="small"
            icon={shown ? <EyeOffRegular /> : <EyeRegular />}
            aria-label={shown ? `Hide: ${props.label}` : `Show: ${props.label}`}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          />
        }
      />
    </Field>
  );
}
