#!/usr/bin/env -S node --enable-source-maps
import '../dist/src/cli/main.js';
