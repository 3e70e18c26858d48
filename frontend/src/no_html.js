// Stands in for the sanitizer of descriptions: nothing that a kernel says is markup.

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export default (text) => text.replace(/[&<>"']/g, (sign) => SIGNS[sign]);
