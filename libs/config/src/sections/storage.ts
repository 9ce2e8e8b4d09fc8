import { choice, section, text } from '../reading/fields.ts';

export interface StorageConfiguration {
  /** Absolute path; default `.waybill` in the working directory. */
  readonly dataDirectory: string;
  /** What a durable commit outlives: loss of `power` (default), or only the end of the `process`. */
  readonly durability: 'power' | 'process';
}

export const storageSection = section({
  data_dir: text,
  durability: choice(['power', 'process']).default('power'),
}).transform((given): StorageConfiguration => ({ dataDirectory: given.data_dir, durability: given.durability }));
