// In a regular expression with the u flag only a surrogate without its partner matches.
const loneSurrogate = /\p{Surrogate}/u

/** Whether a text holds half a surrogate pair, which UTF-8 cannot store. */
export function hasLoneSurrogate(text: string): boolean {
  return loneSurrogate.test(text)
}

/** The text with U+FFFD in place of each half surrogate pair. */
export function replaceLoneSurrogates(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
