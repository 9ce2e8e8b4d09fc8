// The port behind which one of several processes is in charge of something. The contract suite says what adapters keep.

/** A hold on a name that nobody else has while `isHeld()`. */
export interface Lease {
  readonly name: string;
  /** Grows with every new hold of the name and is never given out twice: what a later one has written, wins. */
  readonly token: bigint;
  /**
   * How long it is held for certain, milliseconds; 0 when it may be another's already. Judged by the steady clock from
   * before the last renewal was asked for, so that a process that was paused finds 0 before it can do anything else.
   */
  remainingMs(): number;
  isHeld(): boolean;
  /** Aborts as soon as it is known that the lease is not held any more, or was released. */
  readonly lost: AbortSignal;
  /** Lets the next one take it at once. Safe to call twice, and after it was lost. */
  release(): Promise<void>;
}

/** Who has a name, as the store has it. */
export interface LeaseHolder {
  readonly name: string;
  /** The holder's own name, such as `rate-limit-0`. */
  readonly holder: string;
  readonly token: bigint;
  /** What the holder tells of itself, such as its address. */
  readonly details: Readonly<Record<string, string>>;
  /** By the store's clock. */
  readonly hasExpired: boolean;
}

export interface LeaseOptions {
  /** How long it outlives its last renewal, milliseconds; it is renewed several times within it. */
  readonly ttlMs: number;
  /** Told to whoever asks for the holder. */
  readonly details?: Readonly<Record<string, string>>;
}

/** Throws a FaultError `unavailable` when the store cannot be used. Time is the store's alone. */
export interface Leases {
  /** Takes the name when nobody has it; undefined when somebody does. The lease renews itself until it ends. */
  tryAcquire(name: string, options: LeaseOptions): Promise<Lease | undefined>;
  /** Waits until the name can be had, through failures of the store as well. Throws when the signal aborts. */
  acquire(name: string, options: LeaseOptions & { readonly signal: AbortSignal }): Promise<Lease>;
  /** Everyone who has, or last had, a name that begins so, by name. */
  holders(prefix: string): Promise<readonly LeaseHolder[]>;
  /** Removes the record of a name that has expired; false when it is held. Its tokens go on growing all the same. */
  forget(name: string): Promise<boolean>;
  /** Releases what is held. */
  close(): Promise<void>;
}
