/** How many more messages the other side is ready to take. */
export interface Credit {
  grant(messages: number): void;
  spend(): void;
  isSpent(): boolean;
  /** Resolves once there is some. */
  granted(): Promise<void>;
}

export function createCredit(initial: number): Credit {
  let left = initial;
  let wake: (() => void) | undefined;
  const isSpent = () => left <= 0;
  return {
    grant(messages) {
      left += messages;
      if (!isSpent()) wake?.();
    },
    spend() {
      left -= 1;
    },
    isSpent,
    granted: () => (isSpent() ? new Promise((resolve) => (wake = resolve)) : Promise.resolve()),
  };
}
