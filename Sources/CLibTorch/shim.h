// Nothing is imported from here: this target only carries the include and link paths.
