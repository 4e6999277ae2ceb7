package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
)

// Algorithms that are read (rules S7, S8). All others are refused, SHA-1 among them.
const (
	algC14N         = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	algC14NComments = algC14N + "#WithComments"
	algEnveloped    = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	algSHA256       = "http://www.w3.org/2001/04/xmlenc#sha256"
	algRSA          = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	algECDSA        = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
)

// Bounds of RSA keys in bits: shorter ones are not safe, longer ones slow.
const (
	minRSA = 2048
	maxRSA = 4096
)

// verify checks the value of a signature over signed.
func verify(cert *x509.Certificate, algorithm string, signed, value []byte) error {
	digest := sha256.Sum256(signed)
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		switch bits := key.N.BitLen(); {
		case algorithm != algRSA:
			return refuse("its algorithm %.100q does not fit the RSA key of its certificate", algorithm)
		case bits < minRSA || bits > maxRSA:
			return refuse("the RSA key of its certificate has %d bits, %d to %d are allowed", bits, minRSA, maxRSA)
		}
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], value) == nil {
			return nil
		}
	case *ecdsa.PublicKey:
		if algorithm != algECDSA {
			return refuse("its algorithm %.100q does not fit the ECDSA key of its certificate", algorithm)
		}
		width := width(key)
		if len(value) != 2*width {
			return refuse("its value has %d bytes, a key of this curve makes %d (rule S8)", len(value), 2*width)
		}
		if ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(value[:width]), new(big.Int).SetBytes(value[width:])) {
			return nil
		}
	default:
		return refuse("the key of its certificate is neither RSA nor ECDSA")
	}
	return refuse("its value is not that of the key in its certificate over its SignedInfo")
}

// width returns the bytes of each half of a signature that a key makes.
func width(key *ecdsa.PublicKey) int { return (key.Curve.Params().BitSize + 7) / 8 }

// halves turns the ASN.1 of an ECDSA signature into its two numbers, one behind the other,
// as XML has them (rule S8).
func halves(value []byte, width int) []byte {
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(value, &v); err != nil {
		panic("signature: the key makes no ASN.1: " + err.Error())
	}
	out := make([]byte, 2*width)
	v.R.FillBytes(out[:width])
	v.S.FillBytes(out[width:])
	return out
}
