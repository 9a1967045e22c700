"""Kernels with one mistake each: what is changed (`operators`), where (`statements`), and who notices (`judge`)."""
