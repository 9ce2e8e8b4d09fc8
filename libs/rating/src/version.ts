/** Written into each rating; changes when the same usage and card could give other lines. */
export const RATER_VERSION = '1';
