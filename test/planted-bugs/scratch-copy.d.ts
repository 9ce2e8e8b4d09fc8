export interface ScratchCopy {
  root: string;
  remove(): void;
}
/** Copies what git knows or would add, as it is on the disk now. */
export declare function makeScratchCopy(): ScratchCopy;
