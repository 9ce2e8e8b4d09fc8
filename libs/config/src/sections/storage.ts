export interface StorageConfiguration {
  /** Absolute path; default `.waybill` in the working directory. */
  readonly dataDirectory: string;
  /** What a durable commit outlives: loss of `power` (default), or only the end of the `process`. */
  readonly durability: 'power' | 'process';
}
