// Stands in for the module that adds every plugin to Leaflet.

import L from "leaflet";

export default L;
