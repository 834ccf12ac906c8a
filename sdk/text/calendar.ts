/** Days of the Gregorian calendar, proleptic, without leap seconds (as POSIX and HTTP count). */

const DAYS_PER_ERA: i32 = 146097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS: i32 = 719468;

export const SECONDS_PER_DAY: i64 = 86400;

/** Number of days from 1970-01-01 to a date of the years 0 to 9999. */
export function daysOf(year: i32, month: i32, day: i32): i32 {
  // Years that begin in March have their leap day at the end.
  const shifted = month > 2 ? year : year - 1;
  const era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * DAYS_PER_ERA + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - EPOCH_DAYS;
}

/** Year, month and day of a number of days since 1970-01-01, as `year << 16 | month << 8 | day`. */
export function dateOf(days: i32): i32 {
  const shifted = days + EPOCH_DAYS;
  const era = (shifted >= 0 ? shifted : shifted - DAYS_PER_ERA + 1) / DAYS_PER_ERA;
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / (DAYS_PER_ERA - 1)) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const part = (5 * dayOfYear + 2) / 153;
  const month = part < 10 ? part + 3 : part - 9;
  const year = yearOfEra + era * 400 + i32(month <= 2);
  return (year << 16) | (month << 8) | (dayOfYear - (153 * part + 2) / 5 + 1);
}

/** Number of days in a month. */
export function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}
