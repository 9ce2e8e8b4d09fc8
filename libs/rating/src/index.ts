export { type AnswerBounds, boundCost } from './bound-cost.ts';
export { parseExactJson } from './exact-json.ts';
export { type PriceBook, type PricedModel, priceBook } from './price-book.ts';
export { type PriceClass, priceClasses } from './price-classes.ts';
export { freeRow, parsePriceRow, readPrices } from './price-row/parse.ts';
export { faultOfProblems, type Problem, type Report } from './price-row/problem.ts';
export { suggest } from './price-row/spelling.ts';
export { rate } from './rate.ts';
export { RATER_VERSION } from './version.ts';
