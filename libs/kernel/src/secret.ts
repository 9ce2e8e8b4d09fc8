const revealed = new WeakMap<Secret, string>();

/** A secret that does not show in text, JSON, inspection or logs; `reveal` is the one way to it. */
export class Secret {
  constructor(value: string) {
    revealed.set(this, value);
  }

  /** The secret itself, for the one place that has to send or compare it. */
  reveal(): string {
    return revealed.get(this) ?? '';
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}
