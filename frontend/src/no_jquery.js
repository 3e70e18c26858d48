// Stands in for jQuery, of which the widget libraries only keep a wrapped element.

class Wrapped {
  constructor(element) {
    this[0] = element;
    this.length = element ? 1 : 0;
  }

  remove() {
    this[0]?.remove();
    return this;
  }
}

function wrap(element) {
  return new Wrapped(element);
}
wrap.prototype = Wrapped.prototype;

export default wrap;
