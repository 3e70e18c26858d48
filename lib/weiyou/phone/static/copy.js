/* Put words on the clipboard, also where the modern way is shut. */

export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch (fault) {
    const field = Object.assign(document.createElement("textarea"), { value: words });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
