/** Regular expressions whose time is linear in the text. */

export { Regex } from "./regex";
