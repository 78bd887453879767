// late: a value that follows another a breath later, so that not every keystroke is a question.
import { useEffect, useRef, useState } from "react";

/** The value as it was when it last stood still so long. */
export function useLate<T>(value: T, milliseconds = 300): T {
  const [late, setLate] = useState(value);
  const key = JSON.stringify(value);
  const newest = useRef(value);
  newest.current = value;
  useEffect(() => {
    const timer = setTimeout(() => setLate(newest.current), milliseconds);
    return () => clearTimeout(timer);
  }, [key, milliseconds]);
  return late;
}
