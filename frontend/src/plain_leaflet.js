// Stands in for the module that adds every plugin to Leaflet.

import L from "leaflet";

// Every marker of ipyleaflet says how it is turned; without the plugin for that, none is.
L.Marker.include({
  setRotationAngle() {
    return this;
  },
  setRotationOrigin() {
    return this;
  },
});

export default L;
